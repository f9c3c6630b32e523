//! The tables of the CNI's own documentation, and properties of every pool.

use super::*;
use crate::cni::{CniVersion, limits, max_pods::Capacity};
use proptest::prelude::*;

fn limits_of(name: &str) -> Limits {
    Limits::of(&limits::of_type(name).unwrap()).unwrap()
}

fn targets(warm_eni: u32, warm_ip: u32, minimum_ip: u32) -> Settings {
    Settings {
        warm_eni_target: warm_eni,
        warm_ip_target: warm_ip,
        minimum_ip_target: minimum_ip,
        ..Settings::default()
    }
}

fn prefixes(warm_prefix: u32, warm_ip: u32, minimum_ip: u32) -> Settings {
    Settings {
        mode: Mode::Prefixes,
        warm_prefix_target: warm_prefix,
        ..targets(1, warm_ip, minimum_ip)
    }
}

/// Sets max-pods as a node of the type and mode has it.
fn with_gate(settings: Settings, limits: &Limits) -> Settings {
    let max_pods = Capacity::of(&settings, limits).max_pods();
    settings.with_max_pods(max_pods, None)
}

/// All rows of `docs/eni-and-ip-target.md`: type, three targets, pods, and then ENIs, addresses, unused addresses and
/// addresses per ENI. The document names no order of ENIs; ours is that of their attachment.
#[test]
fn the_documented_rows_for_enis_and_addresses() {
    type Row = (&'static str, [u32; 3], u32, (u32, u32, u32), &'static [u32]);
    let rows: [Row; 16] = [
        ("t3.small", [1, 0, 0], 0, (1, 3, 3), &[3]),
        ("t3.small", [1, 0, 0], 5, (3, 9, 4), &[3, 3, 3]),
        ("t3.small", [1, 0, 0], 9, (3, 9, 0), &[3, 3, 3]),
        ("t3.small", [1, 1, 1], 0, (1, 1, 1), &[1]),
        ("t3.small", [1, 1, 1], 5, (2, 6, 1), &[3, 3]),
        ("t3.small", [1, 1, 1], 9, (3, 9, 0), &[3, 3, 3]),
        ("t3.small", [1, 2, 5], 0, (2, 5, 5), &[3, 2]),
        ("t3.small", [1, 2, 5], 5, (3, 7, 2), &[3, 3, 1]),
        ("t3.small", [1, 2, 5], 9, (3, 9, 0), &[3, 3, 3]),
        ("p3dn.24xlarge", [1, 0, 0], 0, (1, 49, 49), &[49]),
        ("p3dn.24xlarge", [1, 0, 0], 3, (2, 98, 95), &[49, 49]),
        ("p3dn.24xlarge", [1, 0, 0], 95, (3, 147, 52), &[49, 49, 49]),
        ("p3dn.24xlarge", [1, 5, 10], 0, (1, 10, 10), &[10]),
        ("p3dn.24xlarge", [1, 5, 10], 7, (1, 12, 5), &[12]),
        ("p3dn.24xlarge", [1, 5, 10], 15, (1, 20, 5), &[20]),
        ("p3dn.24xlarge", [1, 5, 10], 45, (2, 50, 5), &[49, 1]),
    ];
    for (name, [warm_eni, warm_ip, minimum_ip], pods, expected, slots) in rows {
        let limits = limits_of(name);
        let settings = with_gate(targets(warm_eni, warm_ip, minimum_ip), &limits);
        let (rest, _) = rest(&settings, &limits, pods);
        let found = (rest.enis, rest.stats.total, rest.stats.available());
        assert_eq!(found, expected, "{name} {settings:?} {pods}");
        assert_eq!(rest.slots, slots, "{name} {settings:?} {pods}");
        assert_eq!(rest.resting, Resting::Settled);
    }
}

/// The t3.small rows of `docs/prefix-and-ip-target.md`: three targets, pods, and then ENIs, prefixes, unused prefixes,
/// unused addresses and prefixes per ENI.
///
/// The row for 7, 20 and no pod is at odds with itself there: it counts one prefix with 16 addresses, and two on the
/// ENI. The same document says that a minimum above 16 is one of 32, and the formulas give two prefixes.
#[test]
fn the_documented_rows_for_prefixes() {
    type Row = ([u32; 3], u32, (u32, u32, u32, u32), &'static [u32]);
    let rows: [Row; 13] = [
        ([1, 0, 0], 0, (1, 1, 1, 16), &[1]),
        ([1, 0, 0], 5, (1, 2, 1, 27), &[2]),
        ([1, 0, 0], 16, (1, 2, 1, 16), &[2]),
        ([1, 0, 0], 17, (1, 3, 1, 31), &[3]),
        ([1, 0, 0], 58, (2, 5, 1, 22), &[3, 2]),
        ([0, 1, 1], 0, (1, 1, 1, 16), &[1]),
        ([0, 1, 1], 5, (1, 1, 0, 11), &[1]),
        ([0, 1, 1], 17, (1, 2, 0, 15), &[2]),
        ([0, 1, 1], 58, (2, 4, 0, 6), &[3, 1]),
        ([0, 7, 20], 0, (1, 2, 2, 32), &[2]),
        ([0, 7, 20], 5, (1, 2, 1, 27), &[2]),
        ([0, 7, 20], 17, (1, 2, 0, 15), &[2]),
        ([0, 7, 20], 58, (2, 5, 1, 22), &[3, 2]),
    ];
    let limits = limits_of("t3.small");
    for ([warm_prefix, warm_ip, minimum_ip], pods, expected, slots) in rows {
        let settings = with_gate(prefixes(warm_prefix, warm_ip, minimum_ip), &limits);
        let (rest, _) = rest(&settings, &limits, pods);
        let stats = rest.stats;
        let found = (rest.enis, stats.prefixes, stats.free_prefixes, stats.available());
        assert_eq!(found, expected, "{settings:?} {pods}");
        assert_eq!(rest.slots, slots, "{settings:?} {pods}");
        assert_eq!(rest.prefixes_max, stats.prefixes);
    }
}

#[test]
fn a_minimum_alone_stops_growth() {
    let limits = limits_of("m5.large");
    let (rest, _) = rest(&targets(1, 0, 5), &limits, 8);
    assert_eq!((rest.stats.total, rest.waiting), (5, 3));
}

#[test]
fn without_a_warm_eni_the_last_eni_comes_and_goes() {
    let limits = limits_of("t3.small");
    let rests = rests(&targets(0, 0, 0), &limits, 9);
    let restless: Vec<u32> =
        rests.iter().filter(|rest| rest.resting == Resting::Never).map(|rest| rest.pods).collect();
    assert_eq!(restless, [3, 6]);
    assert_eq!((rests[3].enis, rests[3].stats.total), (2, 6));
    assert!(rests.iter().all(|rest| rest.waiting == 0));
}

#[test]
fn custom_networking_leaves_the_primary_eni_empty() {
    let limits = limits_of("m5.large");
    let settings = Settings { custom_networking: true, ..Settings::default() };
    assert_eq!(rest(&settings, &limits, 0).0.slots, [0, 9]);
    let alone = Settings { max_eni: Some(1), ..settings };
    let (rest, pool) = rest(&alone, &limits, 2);
    assert_eq!((rest.enis, rest.waiting), (1, 2));
    assert_eq!(pass(&alone, &limits, &pool, &[]).step, Step::Blocked(Blocked::NoRoom));
}

#[test]
fn a_trunk_takes_a_slot_and_gives_no_addresses() {
    let limits = limits_of("m5.large");
    let settings = Settings { pod_eni: true, ..Settings::default() };
    let (rest, _) = rest(&settings, &limits, 18);
    assert_eq!((rest.enis, rest.stats.total, rest.slots.as_slice()), (3, 18, &[9, 0, 9][..]));
    let mut without =
        Pool { enis: vec![PoolEni::new(EniKind::Primary, Mode::SecondaryAddresses, 9)] };
    assert!(without.assign(Mode::SecondaryAddresses));
    let tight = Settings { max_eni: Some(2), ..settings };
    let step = pass(&tight, &limits, &without, &[]).step;
    assert_eq!(step, Step::Blocked(Blocked::NoRoom), "the last slot is kept for the trunk");
}

#[test]
fn the_gate_came_with_1_16_3() {
    let limits = limits_of("t3.small");
    let total = |version: &str| {
        let version: CniVersion = version.parse().unwrap();
        let settings = prefixes(1, 0, 0).with_max_pods(11, Some(&version));
        rest(&settings, &limits, 9).0.stats.total
    };
    assert_eq!(total("v1.16.2"), 32);
    assert_eq!(total("v1.16.3"), 16);
}

#[test]
fn what_holds_a_step_back() {
    let limits = limits_of("m5.large");
    let empty = Pool { enis: vec![PoolEni::new(EniKind::Primary, Mode::SecondaryAddresses, 0)] };
    let low = targets(1, 2, 0);
    let step = |holds: &[Hold]| pass(&low, &limits, &empty, holds).step;
    assert_eq!(step(&[]), Step::Fill { eni: 0, n_cidrs: 2 });
    for hold in [Hold::Terminating, Hold::NotSchedulable, Hold::SubnetFull] {
        assert_eq!(step(&[hold]), Step::Blocked(Blocked::Held(hold)));
    }
    assert_eq!(step(&[Hold::GaveBack]), Step::Fill { eni: 0, n_cidrs: 2 });
}

#[test]
fn gives_back_and_frees_what_is_too_much() {
    let limits = limits_of("m5.large");
    let settings = targets(1, 2, 0);
    let eni = |kind, n| PoolEni::new(kind, Mode::SecondaryAddresses, n);
    let mut pool = Pool { enis: vec![eni(EniKind::Primary, 9), eni(EniKind::Ordinary, 9)] };
    let next = pass(&settings, &limits, &pool, &[]);
    assert_eq!(next.step, Step::GiveBack { n_cidrs: 16 });
    assert_eq!(next.freed, Some(Freed { eni: 1 }), "the primary ENI keeps the two that are wanted");
    let next = pass(&settings, &limits, &pool, &[Hold::GaveBack]);
    assert_eq!(next.step, Step::Blocked(Blocked::Held(Hold::GaveBack)));
    assert_eq!(next.freed, Some(Freed { eni: 1 }));
    pool.enis[1].cidrs[0].cooling = 1;
    assert_eq!(pass(&settings, &limits, &pool, &[Hold::GaveBack]).freed, None);
    pool.age();
    pool.enis[1].young = true;
    assert_eq!(pass(&settings, &limits, &pool, &[Hold::GaveBack]).freed, None);
}

#[test]
fn full_enis_without_pods_are_freed_above_the_warm_ones() {
    let limits = limits_of("m5.large");
    let eni = |kind| PoolEni::new(kind, Mode::SecondaryAddresses, 9);
    let two = Pool { enis: vec![eni(EniKind::Primary), eni(EniKind::Ordinary)] };
    let next = pass(&Settings::default(), &limits, &two, &[]);
    assert_eq!((next.step, next.freed), (Step::Nothing, Some(Freed { eni: 1 })));
    let next = pass(&Settings::default(), &limits, &two, &[Hold::NotSchedulable]);
    assert_eq!(next.freed, None);
    assert_eq!(pass(&targets(2, 0, 0), &limits, &two, &[]).freed, None);
}

/// Any sensible settings for a type; prefixes always have a target, as `aws-node` demands.
fn any_settings() -> impl Strategy<Value = (Limits, Settings)> {
    const NAMES: &[&str] =
        &["t3.small", "m5.large", "c5.4xlarge", "t3.nano", "m4.large", "p5.48xlarge"];
    let bools = (any::<bool>(), any::<bool>(), any::<bool>());
    let counts = (0_u32..4, 0_u32..20, 0_u32..40, 1_u32..4, 0_u32..6, 0_u32..3, 0_u32..120);
    (proptest::sample::select(NAMES), bools, counts).prop_map(|(name, bools, counts)| {
        let limits = limits_of(name);
        let (has_prefixes, custom_networking, pod_eni) = bools;
        let (warm_eni, warm_ip, minimum_ip, warm_prefix, max_eni, unmanaged_enis, gate) = counts;
        let settings = Settings {
            warm_eni_target: warm_eni,
            warm_ip_target: warm_ip.saturating_sub(8),
            minimum_ip_target: minimum_ip.saturating_sub(20),
            warm_prefix_target: warm_prefix,
            max_eni: (max_eni > 0).then_some(max_eni),
            mode: if has_prefixes { Mode::Prefixes } else { Mode::SecondaryAddresses },
            custom_networking,
            pod_eni,
            unmanaged_enis,
            gate: (gate > 60).then_some(gate),
        };
        (limits, settings)
    })
}

/// Gives an address to a pod from any CIDR that has one.
fn assign_any(pool: &mut Pool, mode: Mode, dice: u64) -> bool {
    let cidrs = pool.enis.iter_mut().flat_map(|eni| &mut eni.cidrs);
    let mut free: Vec<&mut Cidr> =
        cidrs.filter(|cidr| cidr.is_of(mode) && cidr.assigned < cidr.size()).collect();
    let Ok(n_free) = u64::try_from(free.len()) else { return false };
    let Some(at) = dice.checked_rem(n_free).and_then(|at| usize::try_from(at).ok()) else {
        return false;
    };
    free[at].assigned += 1;
    true
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn limits_hold_and_pods_are_counted((limits, settings) in any_settings(), pods in 0_u32..60) {
        let capacity = Capacity::of(&settings, &limits);
        for rest in rests(&settings, &limits, pods) {
            prop_assert!(rest.enis <= limits.enis.max(1));
            prop_assert!(rest.slots.iter().all(|slots| *slots <= limits.slots()));
            prop_assert!(rest.stats.total <= capacity.addresses());
            prop_assert_eq!(rest.stats.assigned + rest.waiting, rest.pods);
            prop_assert!(rest.waiting == 0 || rest.stats.available() == 0);
        }
    }

    #[test]
    fn more_pods_never_need_fewer_addresses((limits, settings) in any_settings(), pods in 0_u32..60) {
        for pair in rests(&settings, &limits, pods).windows(2) {
            prop_assert!(pair[0].stats.total <= pair[1].stats.total);
            prop_assert!(pair[0].enis <= pair[1].enis);
        }
    }

    #[test]
    fn rest_is_a_fixed_point((limits, settings) in any_settings(), pods in 0_u32..60) {
        let (rest, pool) = rest(&settings, &limits, pods);
        let next = pass(&settings, &limits, &pool, &[]);
        prop_assert_eq!(rest.resting == Resting::Settled, next.is_idle(), "{:?}", next);
        let restless = settings.warm_target() == 0 && !settings.has_ip_targets();
        prop_assert!(rest.resting == Resting::Settled || restless);
    }

    #[test]
    fn the_order_of_addresses_matters_only_as_said(
        (limits, settings) in any_settings(),
        dice in proptest::collection::vec(any::<u64>(), 0..60),
    ) {
        prop_assume!(settings.warm_target() > 0 || settings.has_ip_targets());
        let mut pool = rest(&settings, &limits, 0).1;
        let mut pods = 0;
        for die in dice {
            if !assign_any(&mut pool, settings.mode, die) {
                break;
            }
            pods += 1;
            for _ in 0..100 {
                let next = pass(&settings, &limits, &pool, &[]);
                pool.apply(&settings, &next);
                pool.age();
            }
            let (packed, _) = rest(&settings, &limits, pods);
            let stats = pool.stats(settings.mode);
            if settings.mode == Mode::Prefixes {
                prop_assert!((packed.stats.prefixes..=packed.prefixes_max).contains(&stats.prefixes));
            } else {
                prop_assert_eq!(stats.total, packed.stats.total);
                prop_assert_eq!(pool.n_enis(), packed.enis);
            }
        }
    }
}
