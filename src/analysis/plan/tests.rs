//! What a plan says of settings.

use super::*;

fn question(pods: u32) -> Question {
    Question { pods, nodes: 1, ..Question::default() }
}

fn plan_of(name: &str, question: &Question) -> Plan {
    plan(question, find_type(None, name).unwrap())
}

fn codes(plan: &Plan) -> Vec<&'static str> {
    plan.notes.iter().map(|note| note.code).collect()
}

#[test]
fn a_plain_node_has_nothing_to_say() {
    let plan = plan_of("t3.small", &question(9));
    assert_eq!(codes(&plan), [""; 0]);
    assert_eq!((plan.max_pods, plan.rows.len()), (11, 9));
    assert_eq!(plan.subnets.of_nodes.addresses(), 12);
}

#[test]
fn the_row_of_the_contract() {
    let question = Question { warm_ip_target: Some(1), minimum_ip_target: Some(1), ..question(5) };
    let plan = plan_of("t3.small", &question);
    let row = &plan.rows[4];
    assert_eq!((row.pods, row.enis, row.stats.prefixes), (5, 2, 0));
    assert_eq!((row.stats.total, row.stats.assigned, row.stats.available()), (6, 5, 1));
}

#[test]
fn prefixes_without_a_target_end_aws_node() {
    let question = Question { prefix_delegation: true, warm_prefix_target: Some(0), ..question(3) };
    let plan = plan_of("m5.large", &question);
    assert!(!plan.starts);
    assert_eq!(codes(&plan)[0], "no-target-with-prefixes");
    assert!(plan.rows.iter().all(|row| row.waiting == row.pods && row.stats.total == 0));
    let old = Question { version: Some("v1.8.0".parse().unwrap()), ..question };
    let plan = plan_of("m5.large", &old);
    assert!(plan.starts && codes(&plan).contains(&"setting-not-known"));
}

#[test]
fn targets_that_others_cancel() {
    let ignored = |question: Question| {
        let plan = plan_of("m5.large", &question);
        let notes = plan.notes.iter().filter(|note| note.code == "target-ignored");
        notes.map(|note| note.message.clone()).collect::<Vec<_>>().join("; ")
    };
    let both = Question { warm_eni_target: Some(2), warm_ip_target: Some(3), ..question(5) };
    assert!(ignored(both).contains("WARM_IP_TARGET is set"));
    let no_prefixes = Question { warm_prefix_target: Some(2), ..question(5) };
    assert!(ignored(no_prefixes).contains("there are no prefixes"));
    let prefixes = Question { prefix_delegation: true, warm_eni_target: Some(2), ..question(5) };
    assert!(ignored(prefixes).contains("WARM_PREFIX_TARGET decides"));
}

#[test]
fn a_minimum_alone_starves_pods() {
    let plan = plan_of("m5.large", &Question { minimum_ip_target: Some(5), ..question(8) });
    assert_eq!(codes(&plan), ["pods-without-address", "minimum-alone-stops-growth"]);
}

#[test]
fn types_that_cannot() {
    let plan = plan_of("m4.large", &Question { prefix_delegation: true, ..question(5) });
    assert!(codes(&plan).contains(&"prefixes-need-nitro"));
    assert_eq!(plan.settings.mode, Mode::SecondaryAddresses);
    let plan = plan_of("t3.small", &Question { pod_eni: true, ..question(5) });
    assert_eq!(codes(&plan), ["no-trunk-on-type"]);
    assert_eq!(plan.max_pods, 11);
    let plan = plan_of("m5.large", &Question { pod_eni: true, max_eni: Some(1), ..question(5) });
    assert!(codes(&plan).contains(&"no-room-for-trunk"));
}

#[test]
fn numbers_that_do_not_fit() {
    let plan = plan_of("t3.small", &question(12));
    assert!(codes(&plan).contains(&"pods-without-address"));
    let plan = plan_of("t3.small", &Question { max_pods: Some(110), ..question(5) });
    assert!(codes(&plan).contains(&"max-pods-beyond-capacity"));
    let plan = plan_of("t3.small", &Question { max_pods: Some(8), ..question(7) });
    assert!(codes(&plan).contains(&"pods-beyond-max-pods"));
    assert!(find_type(None, "t3.smal").is_none());
}

#[test]
fn custom_networking_splits_what_subnets_need() {
    let question = Question { custom_networking: true, nodes: 10, ..question(9) };
    let plan = plan_of("m5.large", &question);
    assert_eq!(plan.subnets.of_nodes.addresses(), 10);
    let of_pods = plan.subnets.of_pods.unwrap();
    assert_eq!(of_pods.addresses(), 10 * (2 + 18));
    assert_eq!(of_pods.smallest_subnet(), Some(24));
}
