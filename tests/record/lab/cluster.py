"""What kubectl would show for a spec: JSON objects and the `-o wide` table."""

import json

from .cloud import ZONE, dns_name


def pod_object(node, pod, phase="Running"):
    owner = pod.name.rsplit("-", 1)[0]
    annotations = {}
    if pod.branch:
        branch = pod.branch
        annotations["vpc.amazonaws.com/pod-eni"] = json.dumps([{
            "eniId": branch.eni_id, "ifAddress": branch.mac, "privateIp": pod.ip, "vlanId": branch.vlan_id,
            "subnetCidr": branch.subnet}], separators=(",", ":"))
    container = owner.rsplit("-", 1)[0]
    limits = {"vpc.amazonaws.com/pod-eni": "1"} if pod.branch else {}
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"annotations": annotations, "creationTimestamp": "2026-11-02T08:20:00Z",
                     "generateName": owner + "-", "labels": pod.labels, "name": pod.name, "namespace": pod.namespace,
                     "ownerReferences": [{"apiVersion": "apps/v1", "blockOwnerDeletion": True, "controller": True,
                                          "kind": "ReplicaSet", "name": owner, "uid": pod.uid}],
                     "resourceVersion": "48213", "uid": pod.uid},
        "spec": {"containers": [{"image": f"registry.example/{container}:1.4", "name": container,
                                 "resources": {"limits": limits, "requests": limits} if limits else {}}],
                 "nodeName": dns_name(node.primary.ip), "restartPolicy": "Always", "serviceAccountName": "default"},
        "status": {"conditions": [{"lastTransitionTime": "2026-11-02T08:20:04Z", "status": "True", "type": "Ready"}],
                   "containerStatuses": [{"containerID": f"containerd://{pod.container_id[::-1]}",
                                          "image": f"registry.example/{container}:1.4", "name": container,
                                          "ready": True, "restartCount": 0}],
                   "hostIP": node.primary.ip, "phase": phase, "podIP": pod.ip, "podIPs": [{"ip": pod.ip}],
                   "qosClass": "BestEffort", "startTime": "2026-11-02T08:20:00Z"}}


def host_pod(node, name, uid):
    """A hostNetwork pod shares the node's address."""
    owner = name.rsplit("-", 1)[0]
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"creationTimestamp": "2026-11-02T08:15:30Z", "generateName": owner + "-",
                     "labels": {"k8s-app": owner}, "name": name, "namespace": "kube-system",
                     "ownerReferences": [{"apiVersion": "apps/v1", "controller": True, "kind": "DaemonSet",
                                          "name": owner, "uid": uid}], "uid": uid},
        "spec": {"containers": [{"image": f"registry.example/{owner}:1", "name": owner}], "hostNetwork": True,
                 "nodeName": dns_name(node.primary.ip)},
        "status": {"hostIP": node.primary.ip, "phase": "Running", "podIP": node.primary.ip,
                   "podIPs": [{"ip": node.primary.ip}]}}


def node_object(node, max_pods, labels=None):
    name = dns_name(node.primary.ip)
    return {
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"creationTimestamp": "2026-11-02T08:15:20Z", "labels": {
            "kubernetes.io/hostname": name, "kubernetes.io/os": "linux",
            "node.kubernetes.io/instance-type": node.instance_type, "topology.kubernetes.io/region": "eu-west-1",
            "topology.kubernetes.io/zone": ZONE, **(labels or {})}, "name": name},
        "spec": {"providerID": f"aws:///{ZONE}/{node.instance_id}"},
        "status": {"addresses": [{"address": node.primary.ip, "type": "InternalIP"},
                                 {"address": name, "type": "InternalDNS"}, {"address": name, "type": "Hostname"}],
                   "allocatable": {"pods": str(max_pods)}, "capacity": {"cpu": "2", "pods": str(max_pods)},
                   "conditions": [{"status": "True", "type": "Ready", "reason": "KubeletReady"}],
                   "nodeInfo": {"containerRuntimeVersion": "containerd://1.7.27", "kubeletVersion": "v1.33.5-eks-1",
                                "kernelVersion": "6.1.155", "osImage": "Amazon Linux 2023"}}}


def service_object(service):
    port = {"name": service.port_name, "port": service.port, "protocol": service.protocol.upper(),
            "targetPort": service.endpoints[0][1] if service.endpoints else service.port}
    if not service.port_name:
        del port["name"]
    if service.node_port:
        port["nodePort"] = service.node_port
    kind = "LoadBalancer" if service.load_balancer else "NodePort" if service.node_port else "ClusterIP"
    return {"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": service.name, "namespace": service.namespace},
            "spec": {"clusterIP": service.cluster_ip, "clusterIPs": [service.cluster_ip], "ports": [port],
                     "sessionAffinity": "ClientIP" if service.affinity_seconds else "None", "type": kind},
            "status": {"loadBalancer": {}}}


def eni_config(name, subnet, groups):
    return {"apiVersion": "crd.k8s.amazonaws.com/v1alpha1", "kind": "ENIConfig", "metadata": {"name": name},
            "spec": {"securityGroups": groups, "subnet": subnet}}


def daemonset(env, version="v1.20.4"):
    """daemonset aws-node with the given environment."""
    return {"apiVersion": "apps/v1", "kind": "DaemonSet",
            "metadata": {"labels": {"k8s-app": "aws-node"}, "name": "aws-node", "namespace": "kube-system"},
            "spec": {"selector": {"matchLabels": {"k8s-app": "aws-node"}}, "template": {
                "metadata": {"labels": {"k8s-app": "aws-node"}},
                "spec": {"containers": [{"env": [{"name": key, "value": value} for key, value in env.items()],
                                         "image": f"registry.example/amazon-k8s-cni:{version}", "name": "aws-node"}],
                         "hostNetwork": True}}}}


def kube_list(items):
    return {"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}}


def text(document):
    """As `kubectl -o json` prints it: four blanks, keys sorted."""
    return json.dumps(document, indent=4, sort_keys=True) + "\n"


def pods_wide(rows, namespaced=False):
    """The table of `kubectl get pod -o wide`; rows are (node, pod) or (node, (namespace, name, ip))."""
    head = ["NAMESPACE"] * namespaced + ["NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE", "NOMINATED NODE",
                                         "READINESS GATES"]
    lines = [head]
    for node, pod in rows:
        namespace, name, ip = pod if isinstance(pod, tuple) else (pod.namespace, pod.name, pod.ip)
        lines.append([namespace] * namespaced + [name, "1/1", "Running", "0", "19d", ip, dns_name(node.primary.ip),
                                                 "<none>", "<none>"])
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join("   ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines) + "\n"
