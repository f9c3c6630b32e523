"""`log-collector`: the tree that the EKS log collector packs, without the packing (`pack.py` beside it does that).

amazon-eks-ami log-collector-script/linux/eks-log-collector.sh. There is no `ip addr` in it and pods.json lists none.
"""

import json

from lab import cloud, ipamd
from lab.dump import Recorder
from lab.names import Ids
from lab.node import Lab
from lab.spec import Eni, Node, Pod, Service, Settings

from .common import EVERYWHERE, warm_up

PEERS = ["10.82.16.40"]


def spec(seed):
    ids = Ids(seed)
    subnet, group = ids.ec2("subnet"), ids.ec2("sg")
    enis = [Eni("ens5", ids.mac(), "10.82.17.203", 20, 0, ids.ec2("eni"), subnet, groups=[group],
                secondary=["10.82.18.9", "10.82.19.77", "10.82.22.130", "10.82.27.4", "10.82.30.61"]),
            Eni("ens6", ids.mac(), "10.82.25.18", 20, 1, ids.ec2("eni"), subnet, table=2, groups=[group],
                secondary=["10.82.16.201", "10.82.20.12", "10.82.21.250", "10.82.28.90", "10.82.31.7"])]
    names = [("kube-system", "coredns-6d58b7d47c", "10.82.19.77", 0), ("kube-system", "metrics-server-7f9d8b5c6",
             "10.82.27.4", 0), ("shop", "cart-5f6c9d7b88", "10.82.20.12", 1), ("shop", "ledger-6b7c5d9f44",
             "10.82.31.7", 1)]
    pods = [Pod(namespace, f"{name}-{ids.suffix()}", ip, eni, ids.netns(), ids.container(), ids.uid(),
                3000 + 600 * number, (f"/{name.split('-')[0]}",))
            for number, (namespace, name, ip, eni) in enumerate(names)]
    services = [Service("default", "kubernetes", "10.100.0.1", 443, [("10.82.16.40", 443)], "https"),
                Service("kube-system", "kube-dns", "10.100.0.10", 53, [("10.82.19.77", 53, "local")], "dns", "udp"),
                Service("shop", "cart", "10.100.171.20", 80, [("10.82.20.12", 8080, "local")], "http",
                        node_port=32180)]
    settings = Settings(version=(1, 20, 4), backend="nft", vpc_cidrs=("10.82.0.0/16",))
    return Node(cloud.dns_name("10.82.17.203"), enis, pods, settings, services, "al2023", ids.ec2("i"), "t3.medium")


def record(folder, seed):
    node = spec(seed)
    lab = Lab(node, internet=EVERYWHERE, peers=PEERS)
    lab.settle()
    warm_up(lab, PEERS, node.services)
    recorder = Recorder(lab, folder)
    _networking(lab, recorder)
    _ipamd(node, recorder)
    _cni(node, recorder)
    _system(node, recorder)


def _networking(lab, recorder):
    run = lab.node.run
    for table in ("mangle", "filter", "nat"):
        listing = run("iptables-nft", "--wait", "1", "--numeric", "--verbose", "--list", "--table", table)
        rules = sum(1 for line in listing.splitlines() if line.strip()[:1].isdigit())
        recorder.write(f"networking/iptables-{table}.txt", f"{listing}=======\nTotal Number of Rules: {rules}\n")
    recorder.record("networking/iptables.txt", "iptables-nft", "--wait", "1", "--numeric", "--verbose", "--list")
    recorder.record("networking/iptables-save.txt", "iptables-nft-save")
    recorder.record("networking/ip6tables-save.txt", "ip6tables-nft-save")
    recorder.record("networking/iprule.txt", "ip", "rule", "show")
    recorder.record("networking/ip6rule.txt", "ip", "-6", "rule", "show")
    recorder.record("networking/iproute.txt", "ip", "route", "show", "table", "all")
    recorder.record("networking/ip6route.txt", "ip", "-6", "route", "show", "table", "all")
    recorder.write("networking/conntrack.txt", "*** Output of conntrack -S *** \n" + run("conntrack", "-S")
                   + "*** Output of conntrack -L ***\n" + run("conntrack", "-L"))
    recorder.record("networking/ifconfig.txt", "ifconfig")
    recorder.write("networking/ipvsadm.txt", "ipvsadm not installed\n")
    recorder.write("networking/ipset.txt", run("ipset", "--list") + run("ipset", "--save"))
    recorder.write("networking/resolv.conf", "search eu-west-1.compute.internal\nnameserver 10.82.0.2\n")
    recorder.record("sysctls/sysctl_all.txt", "sysctl", "--all", "--pattern",
                    r"^net\.(core|netfilter|ipv4\.(conf|ip_|tcp_e)|ipv6\.conf)\.?")


def _ipamd(node, recorder):
    recorder.write("ipamd/enis.json", ipamd.compact(ipamd.enis(node)))
    recorder.write("ipamd/pods.json", ipamd.compact({"AvailableCommands": [
        "/v1/networkutils-env-settings", "/v1/ipamd-env-settings", "/v1/enis", "/v1/eni-configs"]}))
    recorder.write("ipamd/networkutils-env-settings.json", ipamd.compact(ipamd.networkutils_settings(node.settings)))
    recorder.write("ipamd/ipamd-env-settings.json", ipamd.compact(ipamd.ipamd_settings()))
    recorder.write("ipamd/eni-configs.json", '"default"')
    recorder.write("ipamd/metrics.json", ipamd.metrics(node))
    recorder.write("ipamd/ipam.json", ipamd.checkpoint(node))
    recorder.write("var_log/aws-routed-eni/ipamd.log", ipamd.ipamd_log(node))
    recorder.write("var_log/aws-routed-eni/plugin.log", ipamd.plugin_log(node))


def conflist():
    return json.dumps({
        "cniVersion": "0.4.0", "name": "aws-cni", "disableCheck": True, "plugins": [
            {"name": "aws-cni", "type": "aws-cni", "vethPrefix": "eni", "mtu": "9001", "podSGEnforcingMode": "strict",
             "pluginLogFile": "/var/log/aws-routed-eni/plugin.log", "pluginLogLevel": "DEBUG"},
            {"name": "egress-cni", "type": "egress-cni", "mtu": "9001", "enabled": "false", "randomizeSNAT": "prng",
             "nodeIP": "", "ipam": {"type": "host-local", "ranges": [[{"subnet": "fd00::ac:00/118"}]],
                                    "routes": [{"dst": "::/0"}], "dataDir": "/run/cni/v4pd/egress-v6-ipam"},
             "pluginLogFile": "/var/log/aws-routed-eni/egress-v6-plugin.log", "pluginLogLevel": "DEBUG"},
            {"type": "portmap", "capabilities": {"portMappings": True}, "snat": True}]}, indent=2) + "\n"


def container_info(node):
    env = {"ENABLE_IPv4": "true", "ENABLE_IPv6": "false", "WARM_ENI_TARGET": "1", "WARM_PREFIX_TARGET": "1",
           "ENABLE_PREFIX_DELEGATION": "false", "ENABLE_POD_ENI": "false",
           "AWS_VPC_K8S_CNI_EXTERNALSNAT": "false", "AWS_VPC_K8S_CNI_RANDOMIZESNAT": "prng",
           "AWS_VPC_K8S_CNI_VETHPREFIX": "eni", "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "false",
           "AWS_VPC_K8S_CNI_LOGLEVEL": "DEBUG", "AWS_VPC_ENI_MTU": "9001", "CLUSTER_NAME": "orchard",
           "MY_NODE_NAME": node.hostname, "MY_POD_NAME": "aws-node-q7xk2", "VPC_CNI_VERSION": "v1.20.4"}
    image = "602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni:v1.20.4-eksbuild.1"

    def one(container):
        return {"ID": container, "Labels": {"io.kubernetes.container.name": "aws-node",
                                            "io.kubernetes.pod.name": "aws-node-q7xk2",
                                            "io.kubernetes.pod.namespace": "kube-system"},
                "Image": image, "Runtime": {"Name": "io.containerd.runc.v2", "Options": None},
                "Snapshotter": "overlayfs", "CreatedAt": "2026-11-02T08:15:58.113Z",
                "Spec": {"ociVersion": "1.2.0", "process": {
                    "args": ["/app/aws-vpc-cni"], "cwd": "/app",
                    "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                            *(f"{key}={value}" for key, value in env.items())]}}}
    ids = Ids(node.instance_id)
    return "".join(json.dumps(one(ids.container()), indent=4) + "\n" for _ in range(2))


def _cni(node, recorder):
    recorder.write("cni/10-aws.conflist", conflist())
    recorder.write("cni/cni-configuration-variables-containerd.json", container_info(node))


def _system(node, recorder):
    recorder.write("system/instance-id.txt", node.instance_id + "\n")
    recorder.write("system/region.txt", cloud.REGION + "\n")
    recorder.write("system/availability-zone.txt", cloud.ZONE + "\n")
    recorder.write("kubelet/kubelet-config.json", json.dumps({
        "kind": "KubeletConfiguration", "apiVersion": "kubelet.config.k8s.io/v1beta1", "clusterDNS": ["10.100.0.10"],
        "maxPods": 17, "providerID": f"aws:///{cloud.ZONE}/{node.instance_id}"}, indent=4) + "\n")
    tasks = ["TASK                                                                PID      STATUS"]
    tasks += [f"{pod.container_id}    {pod.pause_pid:<8} RUNNING" for pod in node.pods]
    recorder.write("containerd/containerd-tasks.txt", "\n".join(tasks) + "\n")
    recorder.write("kernel/uname.txt", f"Linux {node.hostname} 6.1.155-176.282.amzn2023.x86_64 #1 SMP x86_64 GNU/Linux\n")
    recorder.write("var_log/aws-node.log", "2026-11-02T08:16:00.113Z stdout F "
                   '{"level":"info","ts":"2026-11-02T08:16:00.113Z","caller":"entrypoint.sh","msg":"Checking for IPAM '
                   'connectivity ... "}\n')


PARTS = {"log-collector": record}
