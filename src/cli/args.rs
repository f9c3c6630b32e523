//! The arguments, exactly as they are typed.

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use std::{ffi::OsString, net::IpAddr, path::PathBuf};

/// What the whole help ends with.
const EXITS: &str = "Exit codes:
  0  answered
  1  findings, or an expectation not met
  2  wrong usage, unreadable input, or with --strict input not fully understood";

const TOPOLOGY_EXAMPLES: &str = "Examples:
  A log-collector bundle together with what EC2 and Kubernetes say:
    enilens topology eks_i-0123456789abcdef0.tar.gz enis.json pods.json

  A terminal transcript from the clipboard:
    pbpaste | enilens topology -

  Who has this address, and how is that known?
    enilens topology bundle/ --ip 10.0.1.23";

const EXPLAIN_EXAMPLES: &str = "Examples:
  Many flows at once, one JSON object a line:
    enilens explain bundle/ --flows flows.jsonl";

const INGEST_EXAMPLES: &str = "Examples:
  What is in this folder, and what is missing?
    enilens ingest incident/

  Files of two nodes, tied to their names:
    enilens ingest node-a=a.txt node-b=b.txt

  One file that every verb takes as a PATH:
    enilens ingest incident/ --output snapshot.json";

const PLAN_EXAMPLES: &str = "Examples:
  How many addresses does a node hold at 1 to 20 pods, as the CNI comes?
    enilens plan --instance-type m5.large --pods 20

  Fewer warm addresses, for small subnets:
    enilens plan --instance-type m5.large --pods 20 --warm-ip-target 2 --minimum-ip-target 12

  What do 50 nodes need of their subnet with prefixes?
    enilens plan --instance-type m5.large --pods 100 --prefix-delegation --nodes 50

  A type that is newer than this program:
    aws ec2 describe-instance-types --instance-types x9.large |
      enilens plan --instance-type x9.large --pods 20 -";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "enilens",
    version,
    about = "Shows what the network of an EKS node looks like, from files",
    long_about = "Shows what the network of Kubernetes nodes with the Amazon VPC CNI looks like, from files: \
                  bundles of the EKS log collector, outputs of commands, JSON of EC2 and Kubernetes, \
                  transcripts pasted into a ticket. It needs neither a cluster nor root.",
    after_help = EXITS,
    max_term_width = 100
)]
pub struct Arguments {
    #[command(subcommand)]
    pub verb: Verb,
    #[command(flatten)]
    pub common: Common,
}

/// Flags of every verb.
#[derive(Args, Debug)]
pub struct Common {
    /// When to colour
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output"
    )]
    pub color: ColorArg,
    /// Say only the answer
    #[arg(short, long, global = true, help_heading = "Output")]
    pub quiet: bool,
    /// Show every line and every place that shows a fact
    #[arg(short, long, global = true, conflicts_with = "quiet", help_heading = "Output")]
    pub verbose: bool,
}

/// The question.
#[derive(Debug, Subcommand)]
pub enum Verb {
    Ingest(IngestArgs),
    Topology(TopologyArgs),
    Explain(ExplainArgs),
    Plan(PlanArgs),
    /// Print the completions of a shell
    #[command(after_help = "Example:\n  enilens completions bash > /etc/bash_completion.d/enilens")]
    Completions {
        shell: Shell,
    },
    /// Print a manual page
    #[command(after_help = "Example:\n  enilens man topology | man -l -")]
    Man {
        /// The verb; the program itself where it is left out
        verb: Option<String>,
    },
}

/// What was handed over, what was understood, what is missing
///
/// Tells for every file what it is, which node it is of, how many facts it gave and which lines were not understood;
/// and for every node which questions stay open, with the command that collects what is missing.
#[derive(Args, Debug)]
#[command(after_help = INGEST_EXAMPLES)]
pub struct IngestArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Write one file that every verb takes as a PATH
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub output: Option<PathBuf>,
}

/// Which pod is on which veth, netns, address, ENI, slot and table
///
/// Joins everything that the input tells of nodes, ENIs and pods. Where sources disagree, both are shown; what cannot
/// be placed is listed with the reason, and what was not collected with the command that collects it.
#[derive(Args, Debug)]
#[command(after_help = TOPOLOGY_EXAMPLES)]
pub struct TopologyArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Answer who has an address, and how that is known
    #[arg(long, value_name = "ADDR", conflicts_with_all = ["node", "pod"], help_heading = "Selection")]
    pub ip: Option<IpAddr>,
    /// Show one node
    #[arg(long, value_name = "NAME", help_heading = "Selection")]
    pub node: Option<String>,
    /// Show one pod with its node's ENIs
    #[arg(long, value_name = "NS/NAME", help_heading = "Selection")]
    pub pod: Option<String>,
}

/// What happens to a flow on its node, and why its source was rewritten or not
///
/// Walks the packet through routing rules, tables and hooks as the kernel does, and names the rules, routes and
/// settings that decide. What the input does not tell is never guessed: the answer says what is missing.
#[derive(Args, Debug)]
#[command(after_help = EXPLAIN_EXAMPLES)]
pub struct ExplainArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Answer the flows of a file of JSON lines, or of - for standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Question")]
    pub flows: PathBuf,
    /// Look at one node
    #[arg(long, value_name = "NAME", help_heading = "Selection")]
    pub node: Option<String>,
}

/// What a node will hold: ENIs, addresses, prefixes, max-pods
///
/// Computes what ipamd keeps at each number of pods with these targets, by the formulas of the CNI: the state in which
/// it rests after the pods were created one by one. Says what limits max-pods, which settings cancel or starve each
/// other, and what subnets must have free. Pods are those with an address of the CNI; pods in the network of the host
/// are not counted.
#[derive(Args, Debug)]
#[command(after_help = PLAN_EXAMPLES)]
pub struct PlanArgs {
    /// Answers of describe-instance-types; what they say of the type wins over the built-in figures
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<OsString>,
    /// The instance type
    #[arg(long, value_name = "TYPE", help_heading = "Node")]
    pub instance_type: String,
    /// The largest number of pods
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=20_000), help_heading = "Node")]
    pub pods: u32,
    /// How many such nodes subnets must have addresses for
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=1_000_000), help_heading = "Node")]
    pub nodes: u32,
    /// The kubelet's max-pods, where the pool stops to grow [default: what the node can carry]
    #[arg(long, value_name = "N", help_heading = "Node")]
    pub max_pods: Option<u32>,
    /// ENIs on the node that ipamd does not manage
    #[arg(long, value_name = "N", default_value = "0", help_heading = "Node")]
    pub unmanaged_enis: u32,
    /// WARM_ENI_TARGET [default: 1]
    #[arg(long, value_name = "N", help_heading = "CNI")]
    pub warm_eni_target: Option<u32>,
    /// WARM_IP_TARGET [default: not set]
    #[arg(long, value_name = "N", help_heading = "CNI")]
    pub warm_ip_target: Option<u32>,
    /// MINIMUM_IP_TARGET [default: not set]
    #[arg(long, value_name = "N", help_heading = "CNI")]
    pub minimum_ip_target: Option<u32>,
    /// WARM_PREFIX_TARGET [default: 1, as in the shipped manifest]
    #[arg(long, value_name = "N", help_heading = "CNI")]
    pub warm_prefix_target: Option<u32>,
    /// MAX_ENI [default: what the type allows]
    #[arg(long, value_name = "N", help_heading = "CNI")]
    pub max_eni: Option<u32>,
    /// ENABLE_PREFIX_DELEGATION
    #[arg(long, help_heading = "CNI")]
    pub prefix_delegation: bool,
    /// AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG
    #[arg(long, help_heading = "CNI")]
    pub custom_networking: bool,
    /// ENABLE_POD_ENI: a trunk ENI takes a slot
    #[arg(long, help_heading = "CNI")]
    pub pod_eni: bool,
    /// The CNI's version, v1.6.0 or later [default: a present one]
    #[arg(long, value_name = "VERSION", help_heading = "CNI")]
    pub cni_version: Option<String>,
    /// The form of the answer
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub format: Format,
}

/// What is read, and how strictly.
#[derive(Args, Debug)]
pub struct InputArgs {
    /// Files, folders, .tar.gz bundles, or - for standard input; NAME=PATH ties one to a node
    #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<OsString>,
    /// The form of the answer
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    pub format: Format,
    /// Fail where input was not fully understood
    #[arg(long)]
    pub strict: bool,
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs; the schema is stable
    Json,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}
