//! `aws ec2 describe-network-interfaces` of a fleet, indented as the AWS CLI prints it.

use std::io::{self, Write};
use std::net::Ipv4Addr;

use super::random::Random;

/// Addresses of one ENI: its own and the secondary ones.
const ADDRESSES: u32 = 10;

/// Writes `enis` interfaces, two on each instance.
pub(crate) fn write(out: &mut impl Write, enis: u32) -> io::Result<()> {
    let mut random = Random::new(31);
    writeln!(out, "{{\n    \"NetworkInterfaces\": [")?;
    let mut instance = String::new();
    for number in 0..enis {
        let device_index = number % 2;
        if device_index == 0 {
            instance = format!("i-0{}", random.hex(16));
        }
        write_eni(out, number, device_index, &instance, &mut random)?;
        writeln!(out, "{}", if number + 1 < enis { "," } else { "" })?;
    }
    writeln!(out, "    ]\n}}")
}

fn write_eni(
    out: &mut impl Write,
    number: u32,
    device_index: u32,
    instance: &str,
    random: &mut Random,
) -> io::Result<()> {
    let (id, ip) = (random.hex(16), address(number, 0));
    let mac = random.hex(10);
    let description = if device_index == 0 { String::new() } else { format!("aws-K8S-{instance}") };
    write!(
        out,
        r#"        {{
            "Attachment": {{
                "AttachTime": "2026-11-02T08:15:00+00:00",
                "AttachmentId": "eni-attach-0{id}",
                "DeleteOnTermination": true,
                "DeviceIndex": {device_index},
                "NetworkCardIndex": 0,
                "InstanceId": "{instance}",
                "InstanceOwnerId": "123456789012",
                "Status": "attached"
            }},
            "AvailabilityZone": "eu-west-1a",
            "Description": "{description}",
            "Groups": [
                {{
                    "GroupName": "nodes",
                    "GroupId": "sg-0873a0000c6d07ef7"
                }}
            ],
            "InterfaceType": "interface",
            "Ipv6Addresses": [],
            "MacAddress": "{}",
            "NetworkInterfaceId": "eni-0{id}",
            "OwnerId": "123456789012",
            "PrivateDnsName": "{}",
            "PrivateIpAddress": "{ip}",
            "PrivateIpAddresses": [
"#,
        mac_text(&mac),
        dns(ip)
    )?;
    for slot in 0..ADDRESSES {
        let secondary = address(number, slot);
        write!(
            out,
            r#"                {{
                    "Primary": {},
                    "PrivateDnsName": "{}",
                    "PrivateIpAddress": "{secondary}"
                }}{}
"#,
            slot == 0,
            dns(secondary),
            if slot + 1 < ADDRESSES { "," } else { "" }
        )?;
    }
    write!(
        out,
        r#"            ],
            "RequesterManaged": false,
            "SourceDestCheck": true,
            "Status": "in-use",
            "SubnetId": "subnet-04283fefc63f0cd0e",
            "TagSet": [
                {{
                    "Key": "node.k8s.amazonaws.com/instance_id",
                    "Value": "{instance}"
                }}
            ],
            "VpcId": "vpc-0d2f6a9b3c4e5f607"
        }}"#
    )
}

fn address(eni: u32, slot: u32) -> Ipv4Addr {
    Ipv4Addr::from_bits(0x0a00_0000 + eni * ADDRESSES + slot + 10)
}

fn dns(ip: Ipv4Addr) -> String {
    format!("ip-{}.eu-west-1.compute.internal", ip.to_string().replace('.', "-"))
}

fn mac_text(hex: &str) -> String {
    let mut text = String::from("0a");
    for (position, digit) in hex.chars().enumerate() {
        if position % 2 == 0 {
            text.push(':');
        }
        text.push(digit);
    }
    text
}
