//! Files that bundles always hold and nothing here uses: recognised by their path, so that nobody has to read a list of
//! their lines as not understood.
//!
//! The paths are those of `eks-log-collector.sh` (amazon-eks-ami, `log-collector-script/linux`), of the older
//! `aws-cni-support.sh` (amazon-vpc-cni-k8s, up to v1.6.3), and of what systems add to folders. A file that a parser
//! claims by its path is that parser's.

use super::{
    parser::has_path,
    transcript::{Output, Reading, Whereabouts},
};
use crate::model::{ArtifactId, ByteRange, Fact, Origin, Place};

/// Stands where an output has the id of its parser.
pub const ID: &str = "known";

/// Path suffixes, and what the file is. An entry that ends in `*` matches any continuation.
const KNOWN: &[(&[&str], &str)] = &[
    (&["system/ps.txt", "system/ps-threads.txt", "system/top.txt"], "processes (`ps`, `top`)"),
    (
        &["system/procstat.txt", "system/allprocstat.txt", "system/large_environments.txt"],
        "statistics of processes",
    ),
    (&["system/cpu_throttling.txt", "system/io_throttling.txt"], "throttled processes"),
    (&["system/netstat.txt"], "sockets (`netstat`)"),
    (&["system/services.txt"], "services (`systemctl list-units`)"),
    (&["system/pkglist.txt"], "installed packages"),
    (&["system/selinux.txt"], "the state of SELinux"),
    (&["system/script-params.txt"], "parameters of the log collector"),
    (&["system/last_reboot.txt"], "reboots (`last reboot`)"),
    (&["kernel/dmesg.*", "dmesg", "dmesg.txt", "dmesg.log"], "messages of the kernel"),
    (&["modinfo/lustre", "modinfo/ip_vs"], "kernel modules"),
    (&["kubelet/kubelet.log", "kubelet.log"], "the log of kubelet"),
    (
        &["kubelet/kubelet_service.txt", "kubelet/kubelet-eks_service.txt"],
        "the service file of kubelet",
    ),
    (&["kubelet/kubeconfig.yaml", "kubeconfig.yaml"], "the way to the API server (kubeconfig)"),
    (&["kubelet/svc.log"], "Services, which the log collector rarely gets"),
    (&["containerd/containerd*"], "containerd's configuration, log and lists"),
    (&["docker/docker*"], "Docker's configuration, log and lists"),
    (&["sandbox-image/sandbox-image*"], "the log of the pause image"),
    (&["soci-snapshotter/soci*"], "the log of the SOCI snapshotter"),
    (&["nodeadm/nodeadm*", "nodeadm/udev*"], "logs of nodeadm"),
    (&["gpu/nvidia*"], "the state of GPUs"),
    (
        &[
            "storage/inodes.txt",
            "storage/lsblk.txt",
            "storage/mounts.txt",
            "storage/pod_local_storage.txt",
            "storage/xfs.txt",
        ],
        "disks and mounts",
    ),
    (&["networking/ping_*"], "a test of the network (`ping`)"),
    (&["networking/curl_*"], "a test of the API server (`curl -v`)"),
    (&["networking/resolv.conf", "etc/resolv.conf"], "settings of DNS (`resolv.conf`)"),
    (&["networking/systemd-network/*"], "configuration of systemd-networkd"),
    (
        &["networking/configure-multicard-interfaces.txt"],
        "the log of the service that sets up further network cards",
    ),
    (&["networking/ipvsadm.txt"], "virtual services of IPVS (`ipvsadm`)"),
    (
        &[
            "networking/ebpf-data.txt",
            "networking/ebpf-maps-data.txt",
            "networking/ebpf-cp-maps-data.txt",
        ],
        "eBPF programs and maps of the network policy agent",
    ),
    (
        &["ipamd/ipam_introspection_ignore.txt", "ipamd/ipam_metrics_ignore.txt"],
        "a note that ipamd was not asked",
    ),
    (&["var_log/messages*", "var_log/syslog*", "messages", "syslog"], "the log of the system"),
    (&["var_log/cloud-init*", "var_log/user-data.log*"], "the log of the first boot"),
    (
        &[
            "aws-routed-eni/network-policy-agent*",
            "aws-routed-eni/ebpf-sdk*",
            "aws-routed-eni/egress-v4-plugin*",
            "aws-routed-eni/egress-v6-plugin*",
        ],
        "the log of another agent of the CNI",
    ),
    (&["var_log/kube-proxy*", "var_log/kube-system_kube-proxy*"], "the log of kube-proxy"),
    (&["var_log/coredns-*", "var_log/kube-system_coredns*"], "the log of CoreDNS"),
    (
        &[
            "var_log/ebs-csi*",
            "var_log/efs-csi*",
            "var_log/kube-system_ebs-csi*",
            "var_log/kube-system_efs-csi*",
        ],
        "the log of a storage driver",
    ),
    (
        &[
            "var_log/aws-node*",
            "var_log/kube-system_aws-node*",
            "var_log/kube-system_cni-metrics-helper*",
            "var_log/kube-system_kube-multus*",
        ],
        "the log of a container of the CNI",
    ),
    (
        &["kubelet.out", "kubelet.output"],
        "the kubelet's pods and settings, as `aws-cni-support.sh` asked",
    ),
    (&[".DS_Store", "Thumbs.db", "desktop.ini"], "settings that a desktop left in the folder"),
];

/// Returns what a file is that carries nothing of use.
pub fn known(path: &str) -> Option<&'static str> {
    KNOWN.iter().find(|(paths, _)| has_path(paths, path)).map(|(_, what)| *what)
}

/// Reads a file that is known by its path: as one output of which nothing is used. Returns `None` for other files, and
/// for files without content.
pub fn read(artifact: ArtifactId, path: &str, text: &str, first_line: u32) -> Option<Reading> {
    let what = known(path)?;
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).count();
    let n_lines = ends.saturating_add(usize::from(!text.is_empty() && !text.ends_with('\n')));
    let n_lines = u32::try_from(n_lines).unwrap_or(u32::MAX);
    if n_lines == 0 {
        return None;
    }
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let bytes = ByteRange { start: 0, end };
    let origin = Origin { artifact, line: first_line, bytes, place: Place::Line };
    let output = Output {
        parser: ID,
        command: None,
        lines: (first_line, first_line.saturating_add(n_lines.saturating_sub(1))),
        at: Whereabouts::default(),
        facts: vec![Fact::Known { what, origin, n_lines }],
    };
    Some(Reading { outputs: vec![output], ..Reading::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_the_log_collector_packs() {
        let bundle = |path: &str| known(&format!("b.tar.gz!{path}"));
        assert_eq!(bundle("system/ps.txt"), Some("processes (`ps`, `top`)"));
        assert_eq!(bundle("kernel/dmesg.human.current"), Some("messages of the kernel"));
        assert_eq!(
            bundle("var_log/kube-system_kube-proxy-x7k2p_0d/kube-proxy/0.log"),
            Some("the log of kube-proxy")
        );
        assert_eq!(
            bundle("var_log/aws-routed-eni/ebpf-sdk.log"),
            Some("the log of another agent of the CNI")
        );
        assert_eq!(bundle("networking/iprule.txt"), None);
        assert_eq!(bundle("var_log/aws-routed-eni/ipamd.log"), None);
        assert_eq!(known("steps.txt"), None);
        assert_eq!(known("all-messages"), None);
    }

    #[test]
    fn a_known_file_is_one_output() {
        let reading = read(ArtifactId(3), "n/system/ps.txt", "PID\n1 init", 1).unwrap();
        assert_eq!(reading.outputs[0].lines, (1, 2));
        assert!(matches!(reading.outputs[0].facts[..], [Fact::Known { n_lines: 2, .. }]));
        assert!(read(ArtifactId(3), "n/system/ps.txt", "", 1).is_none());
    }
}
