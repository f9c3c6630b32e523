//! `kubectl get pods -A -o json` of a fleet, indented as kubectl prints it; about 4 KB a pod.

use std::io::{self, Write};
use std::net::Ipv4Addr;

use super::pod_ip;
use super::random::Random;

/// How many pods run on one node.
const PER_NODE: u32 = 50;

/// Writes a List of `pods` pods.
pub(crate) fn write(out: &mut impl Write, pods: u32) -> io::Result<()> {
    let mut random = Random::new(41);
    writeln!(out, "{{\n    \"apiVersion\": \"v1\",\n    \"items\": [")?;
    for number in 0..pods {
        write_pod(out, number, &mut random)?;
        writeln!(out, "{}", if number + 1 < pods { "," } else { "" })?;
    }
    writeln!(
        out,
        "    ],\n    \"kind\": \"List\",\n    \"metadata\": {{\n        \"resourceVersion\": \"\"\n    }}\n}}"
    )
}

fn write_pod(out: &mut impl Write, number: u32, random: &mut Random) -> io::Result<()> {
    let node = Ipv4Addr::from_bits(0x0aff_0000 + number / PER_NODE + 10);
    let app = format!("app-{}", number % 400);
    let replica_set = format!("{app}-{}", random.hex(10));
    let pod = Pod {
        name: format!("{replica_set}-{}", random.hex(5)),
        namespace: format!("team-{}", number % 97),
        uid: format!("{}-1111-4222-8333-{}", random.hex(8), random.hex(12)),
        container: format!(
            "{}{}{}{}",
            random.hex(16),
            random.hex(16),
            random.hex(16),
            random.hex(16)
        ),
        node_name: format!("ip-{}.eu-west-1.compute.internal", node.to_string().replace('.', "-")),
        ip: pod_ip(number),
        app,
        replica_set,
        node,
    };
    write_metadata(out, &pod)?;
    write_spec(out, &pod)?;
    write_status(out, &pod)
}

struct Pod {
    app: String,
    replica_set: String,
    name: String,
    namespace: String,
    uid: String,
    container: String,
    node: Ipv4Addr,
    node_name: String,
    ip: Ipv4Addr,
}

fn write_metadata(out: &mut impl Write, pod: &Pod) -> io::Result<()> {
    let Pod { app, replica_set, name, namespace, uid, .. } = pod;
    write!(
        out,
        r#"        {{
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {{
                "annotations": {{
                    "kubectl.kubernetes.io/restartedAt": "2026-10-30T11:02:41Z",
                    "prometheus.io/port": "9102",
                    "prometheus.io/scrape": "true"
                }},
                "creationTimestamp": "2026-11-02T08:20:00Z",
                "generateName": "{replica_set}-",
                "labels": {{
                    "app.kubernetes.io/name": "{app}",
                    "app.kubernetes.io/part-of": "{namespace}",
                    "pod-template-hash": "{replica_set}"
                }},
                "name": "{name}",
                "namespace": "{namespace}",
                "ownerReferences": [
                    {{
                        "apiVersion": "apps/v1",
                        "blockOwnerDeletion": true,
                        "controller": true,
                        "kind": "ReplicaSet",
                        "name": "{replica_set}",
                        "uid": "{uid}"
                    }}
                ],
                "resourceVersion": "48213301",
                "uid": "{uid}"
            }},
"#
    )
}

fn write_spec(out: &mut impl Write, pod: &Pod) -> io::Result<()> {
    let Pod { app, node_name, .. } = pod;
    write!(
        out,
        r#"            "spec": {{
                "containers": [
                    {{
                        "env": [
                            {{
                                "name": "POD_IP",
                                "valueFrom": {{
                                    "fieldRef": {{
                                        "apiVersion": "v1",
                                        "fieldPath": "status.podIP"
                                    }}
                                }}
                            }},
                            {{
                                "name": "DATABASE_URL",
                                "value": "postgres://{app}.db.example:5432/{app}?sslmode=verify-full"
                            }}
                        ],
                        "image": "registry.example/{app}:2026.11.02",
                        "imagePullPolicy": "IfNotPresent",
                        "livenessProbe": {{
                            "failureThreshold": 3,
                            "httpGet": {{
                                "path": "/healthz",
                                "port": 8080,
                                "scheme": "HTTP"
                            }},
                            "periodSeconds": 10,
                            "timeoutSeconds": 1
                        }},
                        "name": "{app}",
                        "ports": [
                            {{
                                "containerPort": 8080,
                                "name": "http",
                                "protocol": "TCP"
                            }}
                        ],
                        "resources": {{
                            "limits": {{
                                "memory": "512Mi"
                            }},
                            "requests": {{
                                "cpu": "100m",
                                "memory": "256Mi"
                            }}
                        }},
                        "terminationMessagePath": "/dev/termination-log",
                        "volumeMounts": [
                            {{
                                "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
                                "name": "kube-api-access",
                                "readOnly": true
                            }}
                        ]
                    }}
                ],
                "dnsPolicy": "ClusterFirst",
                "nodeName": "{node_name}",
                "restartPolicy": "Always",
                "serviceAccountName": "{app}"
            }},
"#
    )
}

fn write_status(out: &mut impl Write, pod: &Pod) -> io::Result<()> {
    let Pod { app, container, node, ip, .. } = pod;
    write!(
        out,
        r#"            "status": {{
                "conditions": [
                    {{
                        "lastProbeTime": null,
                        "lastTransitionTime": "2026-11-02T08:20:04Z",
                        "status": "True",
                        "type": "Initialized"
                    }},
                    {{
                        "lastProbeTime": null,
                        "lastTransitionTime": "2026-11-02T08:20:09Z",
                        "status": "True",
                        "type": "Ready"
                    }}
                ],
                "containerStatuses": [
                    {{
                        "containerID": "containerd://{container}",
                        "image": "registry.example/{app}:2026.11.02",
                        "lastState": {{}},
                        "name": "{app}",
                        "ready": true,
                        "restartCount": 0,
                        "state": {{
                            "running": {{
                                "startedAt": "2026-11-02T08:20:08Z"
                            }}
                        }}
                    }}
                ],
                "hostIP": "{node}",
                "phase": "Running",
                "podIP": "{ip}",
                "podIPs": [
                    {{
                        "ip": "{ip}"
                    }}
                ],
                "qosClass": "Burstable",
                "startTime": "2026-11-02T08:20:00Z"
            }}
        }}"#
    )
}
