//! Tickets and transcripts, cut into outputs.

use super::*;
use crate::{model::Scope, net::Pid};

fn reading(text: &str) -> Reading {
    read(ArtifactId(0), "ticket.txt", text, 1)
}

fn outputs(reading: &Reading) -> Vec<(&str, (u32, u32), Option<&str>)> {
    reading
        .outputs
        .iter()
        .map(|output| (output.parser, output.lines, output.at.node.as_deref()))
        .collect()
}

fn issues(reading: &Reading) -> Vec<(u32, u32)> {
    reading.issues.iter().map(|issue| (issue.origin.line, issue.last_line)).collect()
}

#[test]
fn cuts_a_ticket_into_outputs() {
    let reading = reading(concat!(
        "Our pods cannot reach the database.\n",
        "```\n",
        "[ec2-user@ip-10-0-0-1 ~]$ ip rule\n",
        "0:\tfrom all lookup local\n",
        "(more)\n",
        "32766:\tfrom all lookup main\n",
        "```\n",
        "and on the other node\n\n",
        ">> node 10.0.0.2 <<\n",
        "0:\tfrom all lookup local\n",
    ));
    assert_eq!(
        outputs(&reading),
        [("ip-rule", (4, 6), Some("ip-10-0-0-1")), ("ip-rule", (11, 11), Some("10.0.0.2"))]
    );
    assert_eq!(issues(&reading), [(1, 1), (5, 5), (8, 8)]);
}

#[test]
fn follows_shells_and_variables() {
    let reading = reading(concat!(
        "ssh ec2-user@$N3\n",
        "----------------\n",
        "sudo lsns -o PID -t net | tail -n 1\n",
        "36255\n",
        "MyPID=$(sudo lsns -o PID -t net | tail -n 1)\n",
        "sudo nsenter -t $MyPID -n ip rule\n",
        "0: from all lookup local\n",
        "----------------\n",
        "kubectl exec -it web-0 -- sh\n",
        "ip rule\n",
        "0: from all lookup local\n",
        "exit\n",
        "0: from all lookup local\n",
    ));
    let places: Vec<_> = reading
        .outputs
        .iter()
        .filter(|output| output.parser == "ip-rule")
        .map(|output| (output.at.node.as_deref(), &output.at.scope))
        .collect();
    let web = Scope::Pod { namespace: None, name: "web-0".into() };
    assert_eq!(
        places,
        [(Some("$N3"), &Scope::Pid(Pid(36255))), (None, &web), (None, &Scope::Host)]
    );
}

#[test]
fn reads_a_quoted_mail_and_a_cut_end() {
    let reading =
        reading("> ip rule\n> 0: from all lookup local\n> 512: from all to 10.0.0.9 look");
    assert_eq!(outputs(&reading), [("ip-rule", (2, 3), None)]);
    assert_eq!(issues(&reading), [(3, 3)]);
}

#[test]
fn a_line_without_end_costs_only_itself() {
    let long = "0: from all lookup local ".repeat(MAX_LINE / 20);
    let reading = reading(&format!("0: from all lookup local\n{long}\n1: from all lookup 2\n"));
    assert_eq!(outputs(&reading), [("ip-rule", (1, 1), None), ("ip-rule", (3, 3), None)]);
    assert_eq!(issues(&reading), [(2, 2)]);
    let document = format!("{{\"Vpcs\": [{}{{}}]}}", "{}, ".repeat(MAX_LINE));
    let reading = read(ArtifactId(0), "vpcs.txt", &document, 1);
    assert_eq!(outputs(&reading).len(), 1);
}

#[test]
fn a_shell_ends_where_the_outer_prompt_is_back() {
    let reading = reading(concat!(
        "$ kubectl exec -it web-0 -- /bin/bash\n",
        "bash-5.1# ip rule\n",
        "0: from all lookup local\n",
        "$ ip rule\n",
        "0: from all lookup local\n",
    ));
    let scopes: Vec<_> = reading.outputs.iter().map(|output| output.at.scope.clone()).collect();
    assert_eq!(scopes, [Scope::Pod { namespace: None, name: "web-0".into() }, Scope::Host]);
}

#[test]
fn puts_wrapped_lines_together() {
    let reading = reading(concat!(
        "ip rule\n",
        "0:\tfrom all lookup local\n",
        "1536:\tfrom 10.20.30.40 to 192.168.200.0/24 fwmark\n",
        "0x80/0x80 lookup 2\n",
        "32766:\tfrom all lookup main\n",
    ));
    assert_eq!(issues(&reading), []);
    let Some(Fact::IpRules(dump)) = reading.outputs.first().and_then(|output| output.facts.first())
    else {
        panic!("no rules")
    };
    let rules: Vec<_> =
        dump.entries.iter().map(|rule| (rule.origin.line, rule.value.to_string())).collect();
    assert_eq!(
        rules[1],
        (3, "1536: from 10.20.30.40 to 192.168.200.0/24 fwmark 0x80/0x80 lookup 2".to_owned())
    );
}

#[test]
fn loses_no_line_of_a_stranger() {
    let text = "a\n\nb\n$ ping -c 1 10.0.0.1\nPING\n64 bytes\n\n# note\nlast";
    assert_eq!(issues(&reading(text)), [(1, 3), (5, 6), (9, 9)]);
}
