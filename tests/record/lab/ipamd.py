"""What ipamd would show for a spec: /v1/enis in its three forms, ipam.json, the env endpoints, log lines.

amazon-vpc-cni-k8s pkg/ipamd/introspect.go and datastore/{data_store,checkpoint}.go.
"""

import base64
import ipaddress
import json

NEVER = "0001-01-01T00:00:00Z"
ASSIGNED_NS = 1_793_607_604_123_456_789


def _mask(bits, length=32):
    value = ((1 << bits) - 1) << (length - bits)
    return base64.b64encode(value.to_bytes(length // 8, "big")).decode()


def _address(pod):
    return {"Address": pod.ip,
            "IPAMKey": {"networkName": "aws-cni", "containerID": pod.container_id, "ifName": "eth0"},
            "IPAMMetadata": {"k8sPodNamespace": pod.namespace, "k8sPodName": pod.name, "interfacesCount": 1},
            "AssignedTime": "2026-11-02T08:20:04.123456789Z", "UnassignedTime": NEVER}


def _cidr(network, pods):
    network = ipaddress.ip_network(network)
    inside = [pod for pod in pods if not pod.branch and ipaddress.ip_address(pod.ip) in network]
    return {"Cidr": {"IP": str(network.network_address), "Mask": _mask(network.prefixlen, network.max_prefixlen)},
            "IPAddresses": {pod.ip: _address(pod) for pod in inside},
            "IsPrefix": network.prefixlen not in (32, 128), "AddressFamily": ""}


def _eni(node, eni, version):
    v4 = [f"{ip}/32" for ip in eni.secondary] + eni.prefixes
    entry = {"ID": eni.eni_id, "IsPrimary": eni.device_index == 0, "IsTrunk": eni.trunk, "IsEFA": False,
             "DeviceNumber": eni.device_index,
             "AvailableIPv4Cidrs": {cidr: _cidr(cidr, node.pods) for cidr in v4},
             "IPv6Cidrs": {cidr: _cidr(cidr, node.pods) for cidr in eni.v6_prefixes}}
    if version >= (1, 22, 0):
        entry["IsExcludedForPodIPs"] = False
    if version >= (1, 20, 3):
        entry["RouteTableID"] = eni.table or 254
    if version >= (1, 22, 0):
        entry["SubnetID"] = eni.subnet_id
    return entry


def enis(node):
    """/v1/enis; wrapped by network card from v1.20.0 on."""
    version = node.settings.version
    if version < (1, 7, 0):
        return _enis_pools(node)
    total = sum(ipaddress.ip_network(cidr).num_addresses
                for eni in node.enis for cidr in [*eni.secondary, *eni.prefixes, *eni.v6_prefixes])
    inner = {"TotalIPs": total, "AssignedIPs": sum(1 for pod in node.pods if not pod.branch),
             "ENIs": {eni.eni_id: _eni(node, eni, version) for eni in node.enis}}
    return {"0": inner} if version >= (1, 20, 0) else inner


def _enis_pools(node):
    """The form up to v1.6: every address with a flag; DeviceNumber of a secondary ENI is one too high."""
    used = {pod.ip for pod in node.pods}
    pools = {}
    for eni in node.enis:
        pools[eni.eni_id] = {
            "IsPrimary": eni.device_index == 0, "ID": eni.eni_id,
            "DeviceNumber": eni.device_index + 1 if eni.device_index else 0,
            "AssignedIPv4Addresses": sum(ip in used for ip in eni.secondary),
            "IPv4Addresses": {ip: {"Assigned": ip in used} for ip in eni.secondary}}
    return {"TotalIPs": sum(len(eni.secondary) for eni in node.enis), "AssignedIPs": len(used), "ENIIPPools": pools}


def checkpoint(node):
    """ipam.json: assigned addresses only, one line."""
    rows = []
    for pod in node.pods:
        if pod.branch:
            continue
        rows.append({"networkName": "aws-cni", "containerID": pod.container_id, "ifName": "eth0",
                     "ipv6" if pod.is_v6 else "ipv4": pod.ip, "allocationTimestamp": ASSIGNED_NS,
                     "metadata": {"k8sPodNamespace": pod.namespace, "k8sPodName": pod.name, "interfacesCount": 1}})
    return compact({"version": "vpc-cni-ipam/1", "allocations": rows}) + "\n"


def networkutils_settings(settings):
    """/v1/networkutils-env-settings; a key that the release does not have is left out."""
    values = [
        ((1, 12, 6), "AWS_EXTERNAL_SERVICE_CIDRS", list(settings.external_service_cidrs) or None),
        ((1, 2, 0), "AWS_VPC_CNI_NODE_PORT_SUPPORT", settings.node_port_support),
        ((1, 6, 0), "AWS_VPC_ENI_MTU", 9001), ((1, 2, 0), "AWS_VPC_K8S_CNI_CONNMARK", settings.connmark),
        ((1, 6, 0), "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS", list(settings.exclude_snat_cidrs) or None),
        ((1, 1, 0), "AWS_VPC_K8S_CNI_EXTERNALSNAT", settings.external_snat),
        ((1, 4, 0), "AWS_VPC_K8S_CNI_RANDOMIZESNAT",
         {"none": 0, "hashrandom": 1, "prng": 2}[settings.randomize_snat]),
        ((1, 3, 0), "AWS_VPC_K8S_CNI_VETHPREFIX", settings.veth_prefix)]
    return {key: value for since, key, value in values if settings.version >= since}


def ipamd_settings(custom_networking=False):
    return {"WARM_IP_TARGET": 0, "WARM_ENI_TARGET": 1, "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": custom_networking,
            "AWS_MANAGE_ENIS_NON_SCHEDULABLE": False, "ENABLE_SUBNET_DISCOVERY": not custom_networking}


def log_line(seconds, caller, message, level="debug"):
    return compact({"level": level, "ts": f"2026-11-02T08:{seconds // 60:02d}:{seconds % 60:02d}.417Z",
                    "caller": caller, "msg": message})


def ipamd_log(node):
    settings, lines = node.settings, []
    lines.append(log_line(960, "logger/logger.go:52", "Constructed new logger instance", "info"))
    lines.append(log_line(961, "aws-k8s-agent/main.go:49",
                          f"Starting L-IPAMD v{'.'.join(map(str, settings.version))} ...", "info"))
    for eni in node.enis[1:]:
        lines.append(log_line(1000, "networkutils/network.go:920",
                              f"Setting up network for an ENI with IP address {eni.ip}, MAC address {eni.mac}, CIDR "
                              f"{eni.subnet}, route table {eni.table} and Network Card 0", "info"))
    for number, pod in enumerate(pod for pod in node.pods if not pod.branch):
        at = 1204 + number
        lines.append(log_line(at, "ipamd/rpc_handler.go:128",
                              f'AddNetworkRequest: K8S_POD_NAME:"{pod.name}" K8S_POD_NAMESPACE:"{pod.namespace}" '
                              f'K8S_POD_INFRA_CONTAINER_ID:"{pod.container_id}" ContainerID:"{pod.container_id}" '
                              'IfName:"eth0" NetworkName:"aws-cni"', "info"))
        lines.append(log_line(at, "datastore/data_store.go:757",
                              f"assignPodIPAddressUnsafe: Assign IP {pod.ip} to sandbox aws-cni/{pod.container_id}/eth0 "
                              f"with metadata {{K8SPodNamespace:{pod.namespace} K8SPodName:{pod.name} "
                              "InterfacesCount:1}", "info"))
    return "\n".join(lines) + "\n"


def plugin_log(node):
    lines = []
    for number, pod in enumerate(node.pods):
        at, table = 1205 + number, node.enis[pod.eni].table or 254
        lines.append(log_line(at, "routed-eni-cni-plugin/cni.go:130",
                              f"Received CNI add request: ContainerID({pod.container_id}) "
                              f"Netns(/var/run/netns/{pod.netns}) IfName(eth0) Args(IgnoreUnknown=1;"
                              f"K8S_POD_NAMESPACE={pod.namespace};K8S_POD_NAME={pod.name};"
                              f"K8S_POD_INFRA_CONTAINER_ID={pod.container_id};K8S_POD_UID={pod.uid}) Path(/opt/cni/bin) "
                              'argsStdinData({"cniVersion":"0.4.0","mtu":"9001","name":"aws-cni"})', "info"))
        lines.append(log_line(at, "driver/driver.go:196",
                              f"SetupPodNetwork: hostVethName={pod.veth}, contVethName=eth0, "
                              f"netnsPath=/var/run/netns/{pod.netns}, ipAddr={pod.ip}/32, routeTableNumber={table}, "
                              "mtu=9001"))
    return "\n".join(lines) + "\n"


def metrics(node):
    """The Prometheus text of :61678/metrics, the gauges that matter."""
    total = sum(len(eni.secondary) for eni in node.enis)
    values = [("awscni_assigned_ip_addresses", "The number of IP addresses assigned to pods", len(node.pods)),
              ("awscni_eni_allocated", "The number of ENIs allocated", len(node.enis)),
              ("awscni_eni_max", "The maximum number of ENIs that can be attached to the instance", 3),
              ("awscni_force_removed_enis", "The number of ENIs force removed while they had assigned pods", 0),
              ("awscni_total_ip_addresses", "The total number of IP addresses", total)]
    lines = []
    for name, text, value in values:
        kind = "counter" if "removed" in name else "gauge"
        lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}", f"{name} {value}"]
    version = "v" + ".".join(map(str, node.settings.version))
    lines += ["# HELP awscni_build_info A metric with a constant '1' value labeled by version, revision, and goversion",
              "# TYPE awscni_build_info gauge",
              f'awscni_build_info{{goversion="go1.24.6",version="{version}"}} 1']
    return "\n".join(lines) + "\n"


def compact(document):
    return json.dumps(document, separators=(",", ":"))
