//! One message of every kind, in the eras that word it differently.

use super::event;

fn told(message: &str) -> String {
    event(message).map_or_else(|| "-".to_owned(), |event| event.to_string())
}

#[test]
fn reads_the_plugins_messages() {
    for (message, expected) in [
        (
            "Received CNI add request: ContainerID(3f0c) Netns(/var/run/netns/cni-1) IfName(eth0) Args(IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=cart-0;K8S_POD_INFRA_CONTAINER_ID=3f0c;K8S_POD_UID=1) Path(/opt/cni/bin) argsStdinData({})",
            "add-request namespace=shop pod=cart-0 container=3f0c interface=eth0 netns=/var/run/netns/cni-1",
        ),
        (
            "Received add network response from ipamd for container 3f0c interface eth0: Success:true IPAllocationMetadata:{IPv4Addr:\"10.9.8.17\" RouteTableId:254} VPCv4CIDRs:\"10.9.0.0/16\"",
            "add-reply success=true ip=10.9.8.17 table=254 container=3f0c",
        ),
        (
            "Received add network response for pod cart-0 namespace shop sandbox 3f0c: 10.9.8.17, table 2, external-SNAT: false, vpcCIDR: [10.9.0.0/16]",
            "add-reply ip=10.9.8.17 device=2 container=3f0c",
        ),
        (
            "SetupPodNetwork: hostVethName=eni0a1b2c3d4e5, contVethName=eth0, netnsPath=/var/run/netns/cni-1, ipAddr=10.9.8.17/32, routeTableNumber=254, mtu=9001",
            "setup-pod veth=eni0a1b2c3d4e5 netns=/var/run/netns/cni-1 ip=10.9.8.17 table=254 mtu=9001",
        ),
        (
            "SetupPodNetwork: hostVethName=eni0a1b2c3d4e5, contVethName=eth0, netnsPath=/p, v4Addr=<nil>, v6Addr=2001:db8::9/128, deviceNumber=0, mtu=9001",
            "setup-pod veth=eni0a1b2c3d4e5 netns=/p ip=2001:db8::9 device=0 mtu=9001",
        ),
        (
            "SetupBranchENIPodNetwork: hostVethName=vlan0a1b2c3d4e5, contVethName=eth0, netnsPath=/p, ipAddr=10.9.8.18/32, vlanID=5, eniMAC=02:00:00:00:00:05, subnetGW=10.9.8.1, parentIfIndex=7, mtu=9001, podSGEnforcingMode=strict",
            "setup-branch-pod veth=vlan0a1b2c3d4e5 netns=/p ip=10.9.8.18 vlan=5 mac=02:00:00:00:00:05 gateway=10.9.8.1 parent=7 mtu=9001 mode=strict",
        ),
        (
            "TeardownPodNetwork: containerAddr=10.9.8.17/32, routeTable=2",
            "teardown-pod ip=10.9.8.17 table=2",
        ),
        (
            "Successfully setup fromContainer rule, containerAddr=10.9.8.17/32, rtTable=2",
            "from-container-rule address=10.9.8.17/32 table=2",
        ),
        (
            "Successfully setup toContainer rule, containerAddr=10.9.8.17/32, rtTable=main",
            "to-container-rule address=10.9.8.17/32 table=main",
        ),
        ("Handled CNI del request with prevResult: ContainerID(1)", "prev-result-handled"),
        ("Could not teardown pod using prevResult: x", "prev-result-failed"),
        ("Failed to connect to backend server for container 3f0c: x", "backend-unreachable"),
        ("Failed to assign an IP address to container 3f0c", "assign-failed container=3f0c"),
        (
            "SetupNS: hostVethName=eni0a1b2c3d4e5, contVethName=eth0, netnsPath=/p, table=2, mtu=9001",
            "setup-pod veth=eni0a1b2c3d4e5 netns=/p table=2 mtu=9001",
        ),
        ("TeardownNS: addr 10.9.8.17/32, table 2", "teardown-pod ip=10.9.8.17 table=2"),
        ("SetupPodNetwork: failed to setup veth pair", "-"),
    ] {
        assert_eq!(told(message), expected, "{message}");
    }
}

#[test]
fn reads_ipamds_messages_about_pods() {
    for (message, expected) in [
        (
            "AddNetworkRequest: K8S_POD_NAME:\"cart-0\"  K8S_POD_NAMESPACE:\"shop\"  ContainerID:\"3f0c\"  IfName:\"eth0\"  NetworkName:\"aws-cni\"  Netns:\"/p\"",
            "add-request namespace=shop pod=cart-0 container=3f0c interface=eth0 netns=/p",
        ),
        (
            "Received AddNetwork for NS /p, Pod cart-0, NameSpace shop, Container 3f0c, ifname eth0",
            "add-request namespace=shop pod=cart-0 container=3f0c interface=eth0 netns=/p",
        ),
        (
            "Received AddNetwork for NS /p, Sandbox 3f0c, ifname eth0",
            "add-request container=3f0c interface=eth0 netns=/p",
        ),
        (
            "assignPodIPAddressUnsafe: Assign IP 10.9.8.17 to sandbox aws-cni/3f0c/eth0 with metadata {K8SPodNamespace:shop K8SPodName:cart-0 InterfacesCount:1}",
            "assign ip=10.9.8.17 namespace=shop pod=cart-0 container=3f0c interface=eth0",
        ),
        (
            "AssignPodIPv4Address: Assign IP 10.9.8.17 to pod (name cart-0, namespace shop container 3f0c)",
            "assign ip=10.9.8.17 namespace=shop pod=cart-0 container=3f0c",
        ),
        (
            "UnassignPodIPAddress: sandbox aws-cni/3f0c/eth0's ipAddr 10.9.8.17, DeviceNumber 1",
            "unassign ip=10.9.8.17 device=1 container=3f0c interface=eth0",
        ),
        (
            "UnAssignPodIPv4Address: pod (Name: cart-0, NameSpace shop Container 3f0c)'s ipAddr 10.9.8.17, DeviceNumber2",
            "unassign ip=10.9.8.17 device=2 namespace=shop pod=cart-0 container=3f0c",
        ),
        (
            "unassignPodIPAddressUnsafe: Unassign IP 10.9.8.17 from sandbox aws-cni/3f0c/eth0",
            "unassign ip=10.9.8.17 container=3f0c interface=eth0",
        ),
        (
            "IP 10.9.8.17 on ENI eni-1 entering cooldown period of 30s",
            "cooldown ip=10.9.8.17 seconds=30",
        ),
        (
            "Send AddNetworkReply: Success: true IPAddr: [IPv4Addr:\"10.9.8.18\"  DeviceNumber:-1], resp: Success:true  IPAllocationMetadata:{IPv4Addr:\"10.9.8.18\"  DeviceNumber:-1}  PodVlanId:5  PodENIMAC:\"02:00:00:00:00:05\", err: <nil>",
            "add-reply success=true ip=10.9.8.18 device=-1 vlan=5 mac=02:00:00:00:00:05",
        ),
        (
            "Send AddNetworkReply: IPv4Addr: 10.9.8.17, IPv6Addr: , DeviceNumber: 0, err: <nil>",
            "add-reply ip=10.9.8.17 device=0",
        ),
        (
            "Send AddNetworkReply: IPv4Addr , DeviceNumber: -1, err: assignPodIPv4AddressUnsafe: no available IP addresses",
            "add-reply device=-1 error=assignPodIPv4AddressUnsafe: no available IP addresses",
        ),
        ("UnassignPodIPAddress: Failed to find sandbox aws-cni/3f0c/eth0", "unknown-sandbox"),
        (
            "Sandbox aws-cni/3f0c/eth0 uses unknown IP Address 10.9.8.17 - presuming stale/dead",
            "stale-allocation ip=10.9.8.17 container=3f0c interface=eth0",
        ),
    ] {
        assert_eq!(told(message), expected, "{message}");
    }
}

#[test]
fn reads_ipamds_messages_about_the_pool() {
    for (message, expected) in [
        ("Starting L-IPAMD v1.5.7  ...", "version version=v1.5.7"),
        (
            "IP pool stats for network card 0: Total IPs/Prefixes = 10/0, AssignedIPs/CooldownIPs: 1/2, c.maxIPsPerENI = 5",
            "pool-stats card=0 total=10 prefixes=0 assigned=1 cooldown=2 max-per-eni=5",
        ),
        (
            "IP pool stats: total = 28, used = 3, c.maxIPsPerENI = 14",
            "pool-stats total=28 assigned=3 max-per-eni=14",
        ),
        (
            "IP stats for Network Card 1 - total IPs: -6, assigned IPs: 3, cooldown IPs: 0",
            "pool-stats card=1 total=-6 assigned=3 cooldown=0",
        ),
        (
            "AssignIPv4Address: IP address pool stats: total: 17, assigned 17",
            "pool-stats total=17 assigned=17",
        ),
        (
            "IP pool is too low for Network Card 0: available (1) < ENI target (1) * addrsPerENI (5)",
            "pool-too-low card=0",
        ),
        ("Skipping ENI allocation as the max ENI limit is already reached", "eni-limit-reached"),
        (
            "Skipping increase IPPOOL due to max ENI already attached to the instance : 3",
            "eni-limit-reached",
        ),
        (
            "UnassignPodIPv4Address: IP address pool stats: total:28, assigned 3, pod(Name: cart-0, Namespace: shop, Container 3f0c)",
            "pool-stats total=28 assigned=3",
        ),
        (
            "UnassignPodIPv4Address: Failed to find IPAM entry under full key, trying CRI-migrated version",
            "-",
        ),
        ("Reconcile and delete detached eni eni-0a", "detached-eni eni=eni-0a"),
        ("DataStore has no available IP/Prefix addresses", "no-addresses"),
        ("AssignPodIPv4Address: no available IP/Prefix addresses", "no-addresses"),
    ] {
        assert_eq!(told(message), expected, "{message}");
    }
}

#[test]
fn reads_ipamds_messages_about_enis_rules_and_failures() {
    for (message, expected) in [
        (
            "ENI eni-0a cannot be deleted because it is primary",
            "eni-kept eni=eni-0a reason=it is primary",
        ),
        ("Force removing eni eni-0a with 2 assigned pods", "force-removed-eni eni=eni-0a pods=2"),
        (
            "Setting up network for an ENI with IP address 10.9.8.5, MAC address 02:00:00:00:00:05, CIDR 10.9.8.0/24, route table 3 and Network Card 0",
            "eni-setup ip=10.9.8.5 mac=02:00:00:00:00:05 cidr=10.9.8.0/24 table=3 card=0",
        ),
        (
            "Setting up network for an eni with ip address 10.9.8.5, mac address 02:00:00:00:00:05, cidr 10.9.8.0/24 and route table 2",
            "eni-setup ip=10.9.8.5 mac=02:00:00:00:00:05 cidr=10.9.8.0/24 table=2",
        ),
        ("Primary IP for ENI eni-0a is 10.9.8.5", "eni-primary-ip eni=eni-0a ip=10.9.8.5"),
        ("Marking ENI eni-0a as being unmanaged", "unmanaged-eni eni=eni-0a"),
        (
            "Skipping ENI eni-0a: tagged with node.k8s.amazonaws.com/no_manage",
            "skipped-eni eni=eni-0a",
        ),
        ("No slot available for a trunk ENI to be attached.", "no-trunk-slot"),
        (
            "rule nat/AWS-SNAT-CHAIN-0 rule last SNAT rule shouldExist true rule [! -o vlan+ -j SNAT] exists false, err <nil>",
            "iptables-rule nat/AWS-SNAT-CHAIN-0 name=last SNAT rule should-exist=true exists=false",
        ),
        (
            "Failed to allocate a private IP: operation error EC2: AssignPrivateIpAddresses, https response error StatusCode: 400, RequestID: 1, api error InsufficientFreeAddressesInSubnet: no room",
            "api-error api=AssignPrivateIpAddresses code=InsufficientFreeAddressesInSubnet",
        ),
        (
            "Failed to CreateNetworkInterface UnauthorizedOperation: You are not authorized\n\tstatus code: 403, request id: 1",
            "api-error code=UnauthorizedOperation",
        ),
        ("", "-"),
        ("IP", "-"),
        ("rule ", "-"),
        ("ENI eni-0a", "-"),
    ] {
        assert_eq!(told(message), expected, "{message}");
    }
}
