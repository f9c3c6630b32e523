//! Targets of iptables rules in the words of a save.

use super::xt_match::Dashed;
use crate::{
    model::netfilter::{
        xt::{ChainId, XtTable},
        xt_target::{ConnMarkAction, NatTarget, PortSelection, Target, TargetWords, TproxyTarget},
    },
    net::{Family, PortRange},
};
use std::{
    fmt::{self, Display},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// A target with the table that its chains are in. Begins with a blank, or is empty.
pub(super) struct ShowTarget<'a> {
    pub(super) target: &'a Target,
    pub(super) table: &'a XtTable,
}

impl ShowTarget<'_> {
    fn chain(&self, id: ChainId) -> &str {
        self.table.chain(id).map_or("?", |chain| &chain.name)
    }
}

impl Display for ShowTarget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.target {
            Target::None => Ok(()),
            Target::Accept => f.write_str(" -j ACCEPT"),
            Target::Drop => f.write_str(" -j DROP"),
            Target::Return => f.write_str(" -j RETURN"),
            Target::Jump(id) => write!(f, " -j {}", self.chain(*id)),
            Target::Goto(id) => write!(f, " -g {}", self.chain(*id)),
            Target::Mark { value, mask } => write!(f, " -j MARK --set-xmark {value:#x}/{mask:#x}"),
            Target::ConnMark(action) => connmark(f, *action),
            Target::Snat(nat) => {
                f.write_str(" -j SNAT --to-source ")?;
                write_nat(f, nat)
            }
            Target::Dnat(nat) => {
                f.write_str(" -j DNAT --to-destination ")?;
                write_nat(f, nat)
            }
            Target::Masquerade { ports, selection } => ported(f, "MASQUERADE", *ports, *selection),
            Target::Redirect { ports, selection } => ported(f, "REDIRECT", *ports, *selection),
            Target::Netmap(net) => write!(f, " -j NETMAP --to {net}"),
            Target::Tproxy(tproxy) => write_tproxy(f, tproxy, self.table.family),
            Target::Reject(with) => write!(f, " -j REJECT --reject-with {}", with.name()),
            Target::NoTrack => f.write_str(" -j CT --notrack"),
            Target::Queue(words)
            | Target::Log(words)
            | Target::Ct(words)
            | Target::NoEffect(words)
            | Target::SetField(words)
            | Target::Unmodelled(words) => named(f, words),
        }
    }
}

fn named(f: &mut fmt::Formatter<'_>, target: &TargetWords) -> fmt::Result {
    if target.name.is_empty() {
        return Ok(());
    }
    write!(f, " -j {}", target.name)?;
    if target.words.is_empty() { Ok(()) } else { write!(f, " {}", target.words) }
}

fn connmark(f: &mut fmt::Formatter<'_>, action: ConnMarkAction) -> fmt::Result {
    match action {
        ConnMarkAction::Set { value, mask } => {
            write!(f, " -j CONNMARK --set-xmark {value:#x}/{mask:#x}")
        }
        ConnMarkAction::Save { nfmask, ctmask } => {
            write!(f, " -j CONNMARK --save-mark --nfmask {nfmask:#x} --ctmask {ctmask:#x}")
        }
        ConnMarkAction::Restore { nfmask, ctmask } => {
            write!(f, " -j CONNMARK --restore-mark --nfmask {nfmask:#x} --ctmask {ctmask:#x}")
        }
    }
}

fn write_nat(f: &mut fmt::Formatter<'_>, nat: &NatTarget) -> fmt::Result {
    if let Some((first, last)) = nat.addrs {
        let brackets = first.is_ipv6() && nat.ports.is_some();
        let (open, close) = if brackets { ("[", "]") } else { ("", "") };
        write!(f, "{open}{first}")?;
        if first != last {
            write!(f, "-{last}")?;
        }
        f.write_str(close)?;
    }
    if let Some(ports) = nat.ports {
        write!(f, ":{}", Dashed(ports))?;
    }
    if let Some(base) = nat.base_port {
        write!(f, "/{base}")?;
    }
    write_selection(f, nat.selection)?;
    if nat.persistent { f.write_str(" --persistent") } else { Ok(()) }
}

fn write_selection(f: &mut fmt::Formatter<'_>, selection: PortSelection) -> fmt::Result {
    f.write_str(match selection {
        PortSelection::Keep => "",
        PortSelection::Random => " --random",
        PortSelection::RandomFully => " --random-fully",
        PortSelection::Both => " --random --random-fully",
    })
}

fn ported(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    ports: Option<PortRange>,
    selection: PortSelection,
) -> fmt::Result {
    write!(f, " -j {name}")?;
    if let Some(ports) = ports {
        write!(f, " --to-ports {}", Dashed(ports))?;
    }
    write_selection(f, selection)
}

fn write_tproxy(f: &mut fmt::Formatter<'_>, tproxy: &TproxyTarget, family: Family) -> fmt::Result {
    write!(f, " -j TPROXY --on-port {}", tproxy.port)?;
    let any = match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        Family::V6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    write!(f, " --on-ip {}", tproxy.addr.unwrap_or(any))?;
    write!(f, " --tproxy-mark {:#x}/{:#x}", tproxy.value, tproxy.mask)
}
