//! `enilens plan` as a user meets it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test may stop at the first surprise"
)]

use serde_json::{Value, json};
use std::{
    io::Write as _,
    process::{Command, Output, Stdio},
};

fn plan(arguments: &[&str], stdin: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_enilens"));
    command.env_clear().arg("plan").args(arguments);
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    // A program that ends without reading closes the pipe.
    drop(child.stdin.take().unwrap().write_all(stdin.as_bytes()));
    child.wait_with_output().unwrap()
}

fn document(arguments: &[&str], stdin: &str) -> Value {
    let output = plan(&[arguments, &["--format", "json"]].concat(), stdin);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_contract() {
    let targets = ["--warm-ip-target", "1", "--minimum-ip-target", "1"];
    let node = ["--instance-type", "t3.small", "--pods", "5"];
    let found = document(&[&node[..], &targets].concat(), "");
    assert_eq!(found["schema"], "enilens.plan/1");
    assert_eq!(found["instance_type"], "t3.small");
    assert_eq!(found["max_pods"], 11);
    assert_eq!(found["rows"].as_array().unwrap().len(), 5);
    let row = &found["rows"][4];
    let expected = json!({
        "pods": 5, "enis": 2, "prefixes": 0, "ips_attached": 6, "ips_assigned": 5, "ips_warm": 1
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&row[name], value, "{name}");
    }
}

#[test]
fn equal_rows_are_one_line() {
    let output = plan(&["--instance-type", "t3.small", "--pods", "9"], "");
    let text = String::from_utf8(output.stdout).unwrap();
    let expected = "\
t3.small  3 ENIs of 4 addresses (built-in figures)
  secondary addresses, WARM_ENI_TARGET 1
  max-pods 11: 3 ENIs × 3 slots + 2
    nodeadm's default: 11; max-pods-calculator.sh: 11

  PODS  ENIS  ADDRESSES  WARM  SLOTS PER ENI
  0     1     3          3     3
  1–3   2     6          5–3   3 ×2
  4–9   3     9          5–0   3 ×3

1 node with 9 pods: 12 addresses; fits into an empty /27
";
    assert_eq!(text, expected);
}

#[test]
fn an_unknown_type_names_the_nearest() {
    let output = plan(&["--instance-type", "m5.lrage", "--pods", "9"], "");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("m5.large") && said.contains("describe-instance-types"), "{said}");
}

#[test]
fn what_ec2_says_wins() {
    let types = json!({"InstanceTypes": [{
        "InstanceType": "x9.large", "Hypervisor": "nitro", "BareMetal": false,
        "VCpuInfo": {"DefaultVCpus": 2},
        "NetworkInfo": {"MaximumNetworkInterfaces": 4, "Ipv4AddressesPerInterface": 20,
            "DefaultNetworkCardIndex": 0,
            "NetworkCards": [{"NetworkCardIndex": 0, "MaximumNetworkInterfaces": 2},
                {"NetworkCardIndex": 1, "MaximumNetworkInterfaces": 2}]}
    }]});
    let arguments = ["--instance-type", "x9.large", "--pods", "3", "--prefix-delegation", "-"];
    let found = document(&arguments, &types.to_string());
    assert_eq!(found["max_pods"], 2 * 19 * 16 + 2);
    assert_eq!(found["max_pods_of"]["calculator"]["recommended"], 110);
    assert_eq!(found["limits"]["enis"], 2);
    let notes = found["notes"].as_array().unwrap();
    assert!(notes.iter().any(|note| note["code"] == "cards-counted-together"), "{notes:?}");
}

#[test]
fn releases_whose_formulas_are_not_known_are_refused() {
    let node = ["--instance-type", "t3.small", "--pods", "5", "--cni-version"];
    for bad in ["v1.5.9", "latest"] {
        let output = plan(&[&node[..], &[bad]].concat(), "");
        assert_eq!(output.status.code(), Some(2), "{bad}");
    }
    let found = document(&[&node[..], &["1.12.6"]].concat(), "");
    assert_eq!(found["settings"]["stops_at"], Value::Null);
}
