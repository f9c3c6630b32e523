//! A folder with one sub-folder a node: rules, routes and a rule set of middling size in each, and small files as a bundle
//! has them.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::{iptables, routes};

/// Writes `nodes` sub-folders below `root`, with twelve and a half files each on average.
pub(crate) fn write(root: &Path, nodes: u32) -> io::Result<()> {
    let mut rules = Vec::new();
    iptables::write(&mut rules, iptables::Size { services: 40, endpoints: 3 })?;
    for node in 0..nodes {
        let folder = root.join(format!("ip-10-255-{}-{}", node / 250, node % 250 + 4));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("iptables-save.txt"), &rules)?;
        let mut file = BufWriter::new(File::create(folder.join("iproute.txt"))?);
        routes::write_routes(&mut file, 60)?;
        file.flush()?;
        let mut file = BufWriter::new(File::create(folder.join("iprule.txt"))?);
        routes::write_rules(&mut file, 90)?;
        file.flush()?;
        let small = 9 + node % 2;
        for number in 0..small {
            let name = format!("sysctl-{number}.txt");
            fs::write(folder.join(name), settings(number))?;
        }
    }
    Ok(())
}

/// What `sysctl -a` prints of one interface.
fn settings(number: u32) -> String {
    ["rp_filter", "forwarding", "arp_ignore", "accept_local", "proxy_arp", "send_redirects"]
        .iter()
        .map(|name| format!("net.ipv4.conf.eth{number}.{name} = {}\n", number % 2))
        .collect()
}
