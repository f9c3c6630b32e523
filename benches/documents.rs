//! Fleet-sized JSON documents: made (the same bytes for the same number), and read through the stream.
//!
//! `cargo bench --bench documents -- enis 50000 >enis.json`, `-- pods 250000 >pods.json`, `-- read FILE`. Compare the
//! CPU time of `read` with that of `jq '.NetworkInterfaces|length'` and `jq '.items|length'` on the same file.

#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a bench may read files, print and stop at the first surprise; documents are long"
)]

use enilens::{
    model::ArtifactId,
    parse::{
        Found,
        json::{Context, read_stream},
    },
};
use std::{
    fs::File,
    io::{BufWriter, Write, stdout},
};

fn main() {
    let args: Vec<String> = std::env::args().filter(|arg| arg != "--bench").collect();
    let words: Vec<&str> = args.iter().skip(1).map(String::as_str).collect();
    match words.as_slice() {
        ["enis", n] => enis(n.parse().unwrap()),
        ["pods", n] => pods(n.parse().unwrap()),
        ["read", path] => read(path),
        _ => println!("expected `enis N`, `pods N` or `read FILE`"),
    }
}

fn read(path: &str) {
    let context = Context { artifact: ArtifactId(0), path, command: None, line: 1, offset: 0 };
    let mut found = Found::default();
    let outcomes = read_stream(&mut File::open(path).unwrap(), &context, &mut found).unwrap();
    let lines = outcomes.last().map(|outcome| outcome.lines);
    println!("{} facts, {} issues, lines {lines:?}", found.facts.len(), found.issues.len());
}

/// Interfaces as the AWS CLI prints them: one trunk in ten, each with 15 secondary addresses.
fn enis(n_enis: u32) {
    let mut out = BufWriter::with_capacity(1 << 20, stdout().lock());
    writeln!(out, "{{\n    \"NetworkInterfaces\": [").unwrap();
    for n in 0..n_enis {
        let [_, a, b, c] = (0x0a00_0000 + n * 16).to_be_bytes();
        let kind = if n % 10 == 0 { "trunk" } else { "interface" };
        write!(
            out,
            "        {{
            \"Attachment\": {{
                \"AttachTime\": \"2026-01-02T03:04:05+00:00\",
                \"AttachmentId\": \"eni-attach-{n:017x}\",
                \"DeleteOnTermination\": true,
                \"DeviceIndex\": {},
                \"NetworkCardIndex\": 0,
                \"InstanceId\": \"i-{:017x}\",
                \"InstanceOwnerId\": \"111122223333\",
                \"Status\": \"attached\"
            }},
            \"AvailabilityZone\": \"eu-central-1{}\",
            \"Description\": \"aws-K8S-i-{:017x}\",
            \"Groups\": [
                {{
                    \"GroupName\": \"eks-cluster-sg-example-1234567890\",
                    \"GroupId\": \"sg-0123456789abcdef0\"
                }}
            ],
            \"InterfaceType\": \"{kind}\",
            \"Ipv6Addresses\": [],
            \"MacAddress\": \"02:00:0a:{a:02x}:{b:02x}:{c:02x}\",
            \"NetworkInterfaceId\": \"eni-{n:017x}\",
            \"OwnerId\": \"111122223333\",
            \"PrivateIpAddress\": \"10.{a}.{b}.{c}\",
            \"PrivateIpAddresses\": [\n",
            n % 4,
            n / 4,
            ["a", "b", "c"][n as usize % 3],
            n / 4,
        )
        .unwrap();
        for address in 0..16_u32 {
            let last = u32::from(c) + address;
            writeln!(
                out,
                "                {{
                    \"Primary\": {},
                    \"PrivateDnsName\": \"ip-10-{a}-{b}-{last}.eu-central-1.compute.internal\",
                    \"PrivateIpAddress\": \"10.{a}.{b}.{last}\"
                }}{}",
                address == 0,
                if address == 15 { "" } else { "," },
            )
            .unwrap();
        }
        write!(
            out,
            "            ],
            \"RequesterId\": \"AROAEXAMPLE:i-{n:017x}\",
            \"RequesterManaged\": false,
            \"SourceDestCheck\": true,
            \"Status\": \"in-use\",
            \"SubnetId\": \"subnet-{:017x}\",
            \"TagSet\": [
                {{
                    \"Key\": \"node.k8s.amazonaws.com/instance_id\",
                    \"Value\": \"i-{:017x}\"
                }},
                {{
                    \"Key\": \"node.k8s.amazonaws.com/createdAt\",
                    \"Value\": \"2026-01-02T03:04:05Z\"
                }}
            ],
            \"VpcId\": \"vpc-0123456789abcdef0\"
        }}{}\n",
            n % 6,
            n / 4,
            if n + 1 == n_enis { "" } else { "," },
        )
        .unwrap();
    }
    writeln!(out, "    ]\n}}").unwrap();
}

/// Pods as `kubectl get pods -A -o json` prints them: two containers, probes, volumes, tolerations, conditions.
fn pods(n_pods: u32) {
    let mut out = BufWriter::with_capacity(1 << 20, stdout().lock());
    writeln!(out, "{{\n    \"apiVersion\": \"v1\",\n    \"items\": [").unwrap();
    for n in 0..n_pods {
        let [_, a, b, c] = (0x0a80_0000 + n).to_be_bytes();
        let ip = format!("10.{a}.{b}.{c}");
        let object = serde_json::json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "annotations": {"kubectl.kubernetes.io/restartedAt": "2026-01-02T03:04:05Z",
                    "prometheus.io/scrape": "true", "vpc.amazonaws.com/pod-ips": ip},
                "creationTimestamp": "2026-01-02T03:04:05Z",
                "generateName": "web-6d4b75cb6d-",
                "labels": {"app": "web", "app.kubernetes.io/name": "web", "app.kubernetes.io/instance": "web",
                    "pod-template-hash": "6d4b75cb6d"},
                "name": format!("web-6d4b75cb6d-{n:05x}"),
                "namespace": format!("team-{}", n % 50),
                "ownerReferences": [{"apiVersion": "apps/v1", "blockOwnerDeletion": true, "controller": true,
                    "kind": "ReplicaSet", "name": "web-6d4b75cb6d", "uid": format!("{n:08x}-0000-4000-8000-000000000000")}],
                "resourceVersion": n.to_string(),
                "uid": format!("{n:08x}-1111-4000-8000-000000000000"),
            },
            "spec": {
                "containers": [container("web", 8080), container("proxy", 15001)],
                "dnsPolicy": "ClusterFirst",
                "enableServiceLinks": true,
                "nodeName": format!("ip-10-0-{}-{}.eu-central-1.compute.internal", n / 64 % 250, n % 64),
                "preemptionPolicy": "PreemptLowerPriority",
                "restartPolicy": "Always",
                "schedulerName": "default-scheduler",
                "securityContext": {},
                "serviceAccountName": "web",
                "terminationGracePeriodSeconds": 30,
                "tolerations": [
                    {"effect": "NoExecute", "key": "node.kubernetes.io/not-ready", "operator": "Exists", "tolerationSeconds": 300},
                    {"effect": "NoExecute", "key": "node.kubernetes.io/unreachable", "operator": "Exists", "tolerationSeconds": 300}],
                "volumes": [{"name": "kube-api-access-x", "projected": {"defaultMode": 420, "sources": [
                    {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                    {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}}]}}],
            },
            "status": {
                "conditions": [condition("Initialized"), condition("Ready"), condition("ContainersReady"), condition("PodScheduled")],
                "containerStatuses": [status("web", n), status("proxy", n)],
                "hostIP": "10.0.0.1",
                "phase": "Running",
                "podIP": ip,
                "podIPs": [{"ip": ip}],
                "qosClass": "Burstable",
                "startTime": "2026-01-02T03:04:05Z",
            },
        });
        let text = {
            let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
            let mut bytes = Vec::new();
            let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
            serde::Serialize::serialize(&object, &mut serializer).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        let comma = if n + 1 == n_pods { "" } else { "," };
        writeln!(out, "        {}{comma}", text.replace('\n', "\n        ")).unwrap();
    }
    writeln!(out, "    ],\n    \"kind\": \"List\",\n    \"metadata\": {{\n        \"resourceVersion\": \"\"\n    }}\n}}").unwrap();
}

fn container(name: &str, port: u16) -> serde_json::Value {
    serde_json::json!({
        "env": [{"name": "LOG_LEVEL", "value": "info"}, {"name": "POD_IP", "valueFrom": {"fieldRef":
            {"apiVersion": "v1", "fieldPath": "status.podIP"}}}],
        "image": format!("registry.example.com/{name}:v1.2.3"),
        "imagePullPolicy": "IfNotPresent",
        "livenessProbe": {"failureThreshold": 3, "httpGet": {"path": "/healthz", "port": port, "scheme": "HTTP"},
            "periodSeconds": 10, "successThreshold": 1, "timeoutSeconds": 1},
        "name": name,
        "ports": [{"containerPort": port, "name": "http", "protocol": "TCP"}],
        "resources": {"limits": {"cpu": "500m", "memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "volumeMounts": [{"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": "kube-api-access-x", "readOnly": true}],
    })
}

fn condition(kind: &str) -> serde_json::Value {
    serde_json::json!({"lastProbeTime": null, "lastTransitionTime": "2026-01-02T03:04:05Z", "status": "True", "type": kind})
}

fn status(name: &str, n: u32) -> serde_json::Value {
    serde_json::json!({
        "containerID": format!("containerd://{n:064x}"),
        "image": format!("registry.example.com/{name}:v1.2.3"),
        "imageID": format!("registry.example.com/{name}@sha256:{n:064x}"),
        "lastState": {}, "name": name, "ready": true, "restartCount": 0, "started": true,
        "state": {"running": {"startedAt": "2026-01-02T03:04:05Z"}},
    })
}
