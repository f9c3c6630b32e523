//! What the environment of a container holds is kept only where the CNI reads it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may stop at the first surprise"
)]

use enilens::{model::ArtifactId, parse::transcript};

const SECRET: &str = "nobody-may-see-this";

/// A pod as the API server prints it; `kind` makes a daemon set of it.
fn pod(kind: &str, container: &str) -> String {
    let env = format!(
        r#"[{{"name": "WARM_ENI_TARGET", "value": "1"}}, {{"name": "DATABASE_PASSWORD", "value": "{SECRET}"}},
            {{"name": "AWS_SECRET_ACCESS_KEY", "value": "{SECRET}"}}, {{"name": "LOG_LEVEL", "value": "{SECRET}"}},
            {{"name": "ENABLE_SECRET_TOKEN", "value": "{SECRET}"}}]"#
    );
    let spec = format!(
        r#"{{"nodeName": "ip-10-0-0-1.ec2.internal",
            "initContainers": [{{"name": "aws-vpc-cni-init", "image": "amazon-k8s-cni-init:v1", "env": {env}}}],
            "containers": [{{"name": "{container}", "image": "amazon-k8s-cni:v1", "env": {env},
                "command": ["sh", "-c", "run --password={SECRET}"], "args": ["--token={SECRET}"]}}]}}"#
    );
    let metadata =
        r#"{"name": "aws-node", "namespace": "kube-system", "labels": {"k8s-app": "aws-node"}}"#;
    match kind {
        "Pod" => format!(
            r#"{{"apiVersion": "v1", "kind": "Pod", "metadata": {metadata}, "spec": {spec}}}"#
        ),
        kind => format!(
            r#"{{"apiVersion": "apps/v1", "kind": "{kind}", "metadata": {metadata}, "spec": {{"template": {{"spec": {spec}}}}}}}"#
        ),
    }
}

fn assert_no_secret(name: &str, text: &str) {
    let reading = transcript::read(ArtifactId(0), name, text, 1);
    for output in &reading.outputs {
        let kept = format!("{:?}", output.facts);
        assert!(!kept.contains(SECRET), "{name}: a fact of {} holds it: {kept}", output.parser);
    }
    for issue in &reading.issues {
        assert!(!issue.message.contains(SECRET), "{name}: {}", issue.message);
    }
}

#[test]
fn environments_are_kept_where_the_cni_reads_them() {
    for kind in ["Pod", "DaemonSet", "Deployment"] {
        for container in ["aws-node", "web"] {
            let one = pod(kind, container);
            assert_no_secret("one.json", &one);
            let list =
                format!(r#"{{"apiVersion": "v1", "kind": "List", "items": [{one}, {one}]}}"#);
            assert_no_secret("list.json", &list);
            let cut: String = list.chars().take(list.len() - 30).collect();
            assert_no_secret("cut.json", &cut);
        }
    }
    let describe = format!(
        "Name:           aws-node\nNamespace:      kube-system\nContainers:\n  aws-node:\n    Image:  amazon-k8s-cni:v1\n    \
         Environment:\n      WARM_ENI_TARGET:  1\n      DATABASE_PASSWORD:  {SECRET}\n"
    );
    assert_no_secret(
        "describe-aws-node.txt",
        &format!("$ kubectl describe pod aws-node\n{describe}"),
    );
    let env = format!(
        r#"[{{"name": "WARM_ENI_TARGET", "value": "1"}}, {{"name": "OTHER", "value": "{SECRET}"}}]"#
    );
    assert_no_secret("aws-node-env.json", &env);
    let list = format!(
        r#"{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"s"}},"data":{{"password":"{SECRET}"}}}}"#
    );
    assert_no_secret("secret.json", &list);
}

#[test]
fn settings_of_the_cni_are_kept() {
    let text = pod("DaemonSet", "aws-node");
    let reading = transcript::read(ArtifactId(0), "daemonset.json", &text, 1);
    let shown: Vec<_> = reading
        .outputs
        .iter()
        .flat_map(|output| &output.facts)
        .flat_map(|fact| fact.lines(&text))
        .collect();
    assert!(shown.iter().any(|(_, line)| line.contains("WARM_ENI_TARGET=1")), "{shown:?}");
}
