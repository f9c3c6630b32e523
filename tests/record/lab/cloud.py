"""The EC2 answers for a spec, in the shape in which the AWS CLI prints them."""

import ipaddress
import json

ACCOUNT, REGION, ZONE = "123456789012", "eu-west-1", "eu-west-1a"
TIME = "2026-11-02T08:15:{:02d}+00:00"


def dns_name(ip, region=REGION):
    return f"ip-{ip.replace('.', '-')}.{region}.compute.internal"


def network_interface(node, eni, zone=ZONE, vpc="vpc-0d2f6a9b3c4e5f607", owner=ACCOUNT, cluster="orchard"):
    """One element of `NetworkInterfaces`."""
    primary = eni.device_index == 0
    index = node.enis.index(eni)
    tags = [{"Key": "node.k8s.amazonaws.com/instance_id", "Value": node.instance_id}]
    if not primary and not eni.trunk:
        tags += [{"Key": "node.k8s.amazonaws.com/createdAt", "Value": eni.created_at or "2026-11-02T08:16:40Z"},
                 {"Key": "cluster.k8s.amazonaws.com/name", "Value": cluster}]
    if eni.trunk:
        tags = [{"Key": "eks:eni:owner", "Value": "eks-vpc-resource-controller"},
                {"Key": f"kubernetes.io/cluster/{cluster}", "Value": "owned"}]
    description = "" if primary else "aws-k8s-trunk-eni" if eni.trunk else f"aws-K8S-{node.instance_id}"
    addresses = [(eni.ip, True)] + [(ip, False) for ip in eni.secondary]
    answer = {
        "Attachment": {
            "AttachTime": TIME.format(index), "AttachmentId": eni.eni_id.replace("eni-", "eni-attach-"),
            "DeleteOnTermination": True, "DeviceIndex": eni.device_index, "NetworkCardIndex": 0,
            "InstanceId": node.instance_id, "InstanceOwnerId": owner, "Status": "attached"},
        "AvailabilityZone": zone, "Description": description,
        "Groups": [{"GroupName": f"sg-{n}", "GroupId": group} for n, group in enumerate(eni.groups)],
        "InterfaceType": "trunk" if eni.trunk else "interface",
        "Ipv6Addresses": [{"Ipv6Address": ip} for ip in eni.v6],
        "MacAddress": eni.mac, "NetworkInterfaceId": eni.eni_id, "OwnerId": owner,
        "PrivateDnsName": dns_name(eni.ip), "PrivateIpAddress": eni.ip,
        "PrivateIpAddresses": [{"Primary": first, "PrivateDnsName": dns_name(ip), "PrivateIpAddress": ip}
                               for ip, first in addresses],
        "RequesterManaged": False, "SourceDestCheck": True, "Status": "in-use", "SubnetId": eni.subnet_id,
        "TagSet": tags, "VpcId": vpc}
    if eni.prefixes:
        answer["Ipv4Prefixes"] = [{"Ipv4Prefix": prefix} for prefix in eni.prefixes]
    if eni.v6_prefixes:
        answer["Ipv6Prefixes"] = [{"Ipv6Prefix": prefix} for prefix in eni.v6_prefixes]
    return answer


def branch_interface(pod, trunk, zone=ZONE, vpc="vpc-0d2f6a9b3c4e5f607", cluster="orchard"):
    """A branch ENI is in use but has no Attachment."""
    branch = pod.branch
    return {
        "AvailabilityZone": zone, "Description": "aws-k8s-branch-eni",
        "Groups": [{"GroupName": "database-clients", "GroupId": "sg-0a5d7c9e1b3f42685"}],
        "InterfaceType": "branch", "Ipv6Addresses": [], "MacAddress": branch.mac, "NetworkInterfaceId": branch.eni_id,
        "OwnerId": ACCOUNT, "PrivateDnsName": dns_name(pod.ip), "PrivateIpAddress": pod.ip,
        "PrivateIpAddresses": [{"Primary": True, "PrivateDnsName": dns_name(pod.ip), "PrivateIpAddress": pod.ip}],
        "RequesterManaged": False, "SourceDestCheck": True, "Status": "in-use", "SubnetId": branch.subnet_id,
        "TagSet": [{"Key": "vpcresources.k8s.aws/vlan-id", "Value": str(branch.vlan_id)},
                   {"Key": "vpcresources.k8s.aws/trunk-eni-id", "Value": trunk.eni_id},
                   {"Key": "eks:eni:owner", "Value": "eks-vpc-resource-controller"},
                   {"Key": f"kubernetes.io/cluster/{cluster}", "Value": "owned"}], "VpcId": vpc}


def network_interfaces(nodes, **kwargs):
    out = []
    for node in nodes:
        out += [network_interface(node, eni, **kwargs) for eni in node.enis]
        trunks = [eni for eni in node.enis if eni.trunk]
        out += [branch_interface(pod, trunks[0]) for pod in node.pods if pod.branch and trunks]
    return {"NetworkInterfaces": out}


def instances(nodes, zone=ZONE, vpc="vpc-0d2f6a9b3c4e5f607"):
    reservations = []
    for number, node in enumerate(nodes):
        primary = node.primary
        reservations.append({"Groups": [], "Instances": [{
            "AmiLaunchIndex": 0, "ImageId": "ami-0c1d2e3f405162738", "InstanceId": node.instance_id,
            "InstanceType": node.instance_type, "LaunchTime": TIME.format(number),
            "Placement": {"AvailabilityZone": zone, "GroupName": "", "Tenancy": "default"},
            "PrivateDnsName": dns_name(primary.ip), "PrivateIpAddress": primary.ip, "PublicDnsName": "",
            "State": {"Code": 16, "Name": "running"}, "SubnetId": primary.subnet_id, "VpcId": vpc,
            "Architecture": "x86_64", "Hypervisor": "xen",
            "NetworkInterfaces": [network_interface(node, eni) for eni in node.enis], "SourceDestCheck": True,
            "Tags": [{"Key": "eks:cluster-name", "Value": "orchard"},
                     {"Key": "kubernetes.io/cluster/orchard", "Value": "owned"}]}],
            "OwnerId": ACCOUNT, "ReservationId": f"r-0{number:016x}"})
    return {"Reservations": reservations}


def subnets(entries, vpc="vpc-0d2f6a9b3c4e5f607"):
    """`entries`: (subnet id, CIDR, free addresses, zone, tags)."""
    return {"Subnets": [{
        "AvailabilityZone": zone, "AvailabilityZoneId": "euw1-az1", "AvailableIpAddressCount": free, "CidrBlock": cidr,
        "DefaultForAz": False, "MapPublicIpOnLaunch": False, "State": "available", "SubnetId": subnet, "VpcId": vpc,
        "OwnerId": ACCOUNT, "AssignIpv6AddressOnCreation": False, "Ipv6CidrBlockAssociationSet": [],
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        "SubnetArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/{subnet}"} for subnet, cidr, free, zone, tags in entries]}


def vpcs(cidrs, vpc="vpc-0d2f6a9b3c4e5f607"):
    first = ipaddress.ip_network(cidrs[0])
    return {"Vpcs": [{
        "CidrBlock": str(first), "DhcpOptionsId": "dopt-0f1e2d3c4b5a69788", "State": "available", "VpcId": vpc,
        "OwnerId": ACCOUNT, "InstanceTenancy": "default", "IsDefault": False,
        "CidrBlockAssociationSet": [{"AssociationId": f"vpc-cidr-assoc-0{number:016x}", "CidrBlock": cidr,
                                     "CidrBlockState": {"State": "associated"}} for number, cidr in enumerate(cidrs)],
        "Tags": [{"Key": "Name", "Value": "orchard"}]}]}


def text(document):
    """As the AWS CLI prints it: four blanks of indentation, keys in the order of the API."""
    return json.dumps(document, indent=4) + "\n"
