//! The CNI of a node: its version and settings, by every source that tells them.

use super::{
    answer::CniState,
    cluster_index::all,
    enis::contradiction,
    evidence::{How, Known},
    host::each,
    pod_list::PodRecord,
    roster::Member,
};
use crate::{
    cni::{
        CniVersion,
        env::{self, Setting},
        version::{bound_of_allocation, bound_of_datastore},
    },
    model::{
        Origin, Snapshot,
        ipamd::{EnvValue, LogEvent},
        kube::CniConfig,
        snapshot::{Contradiction, Node},
    },
};

/// The container that runs ipamd; others of the same pod have settings of their own.
const CONTAINER: &str = "aws-node";

/// The environment of a container: names and values.
type Environment = [(Box<str>, Box<str>)];

/// One value of a setting with its place. Text stands for what an environment holds.
enum Value<'s> {
    Text(&'s str),
    Typed(&'s EnvValue),
}

/// Everything that tells settings of one node, the source nearest to the running container first.
pub(super) struct Sources<'a, 's> {
    member: &'a Member<'s>,
    configs: Vec<(&'s CniConfig, How, Origin)>,
    pods: Vec<(&'s Environment, Origin)>,
    images: Vec<(&'s str, Origin)>,
}

impl<'a, 's> Sources<'a, 's> {
    /// Gathers the sources of a node.
    pub(super) fn new(
        snapshot: &'s Snapshot,
        member: &'a Member<'s>,
        records: &[&PodRecord<'s>],
    ) -> Self {
        let mut sources =
            Self { member, configs: Vec::new(), pods: Vec::new(), images: Vec::new() };
        let of_node = member.dump.and_then(|dump| dump.cni_configs.seen()).into_iter().flatten();
        let of_cluster = all(&snapshot.cluster.cni_configs);
        for config in of_node.chain(of_cluster) {
            if config.value.container.as_deref().is_none_or(|name| name == CONTAINER) {
                sources.configs.push((&config.value, How::DaemonSet, config.origin));
                let image = config.value.image.as_deref();
                sources.images.extend(image.map(|image| (image, config.origin)));
            }
        }
        for record in records.iter().filter(|record| record.name.name.starts_with(CONTAINER)) {
            let Some(origin) = record.origin() else { continue };
            let env = record.get(|pod| (!pod.cni_env.is_empty()).then_some(&*pod.cni_env));
            sources.pods.extend(env.map(|env| (env, origin)));
            let images = record.get(|pod| (!pod.images.is_empty()).then_some(&pod.images));
            sources.images.extend(images.into_iter().flatten().map(|image| (&**image, origin)));
        }
        sources
    }

    /// Returns the state of the CNI, and notes where sources disagree.
    pub(super) fn state(&self, contradictions: &mut Vec<Contradiction>) -> CniState<'s> {
        let version = self.version(contradictions);
        let mut flag = |setting: &Setting| self.bool_of(setting, contradictions);
        CniState {
            prefix_delegation: flag(&env::PREFIX_DELEGATION),
            custom_network: flag(&env::CUSTOM_NETWORK),
            pod_eni: flag(&env::POD_ENI),
            ipv6: flag(&env::IPV6),
            external_snat: flag(&env::EXTERNAL_SNAT),
            pod_sg_mode: self.text_of(&env::POD_SG_MODE),
            eni_config_annotation: self.text_of(&env::ENI_CONFIG_ANNOTATION),
            eni_config_label: self.text_of(&env::ENI_CONFIG_LABEL),
            whole_env: self.configs.iter().any(|(config, ..)| config.env.len() > 1),
            cooldown_secs: self.number_of(&env::IP_COOLDOWN),
            at_least: version.is_none().then(|| self.shape()).flatten(),
            version,
        }
    }

    fn values(&self, setting: &Setting) -> Vec<(Value<'s>, How, Origin)> {
        let mut values = Vec::new();
        let named = |env: &'s Environment| {
            env.iter().find(|(name, _)| **name == *setting.name).map(|(_, value)| &**value)
        };
        for (env, origin) in &self.pods {
            values.extend(named(env).map(|text| (Value::Text(text), How::PodObject, *origin)));
        }
        if let Some(dump) = self.member.dump {
            each(&dump.env_settings, |_, entry| {
                if &*entry.value.name == setting.name {
                    let value = Value::Typed(&entry.value.value);
                    values.push((value, How::EnvEndpoint, entry.origin));
                }
            });
        }
        for (config, how, origin) in &self.configs {
            values.extend(named(&config.env).map(|text| (Value::Text(text), *how, *origin)));
        }
        values
    }

    /// Returns a switch. Where the whole environment of the container is known and lacks it, its default holds.
    fn bool_of(
        &self,
        setting: &Setting,
        contradictions: &mut Vec<Contradiction>,
    ) -> Option<Known<bool>> {
        let mut found: Option<Known<bool>> = None;
        for (value, how, origin) in self.values(setting) {
            let value = match value {
                Value::Text(text) => setting.bool_of(text),
                Value::Typed(value) => setting.bool_of_value(value),
            };
            let Some(value) = value else { continue };
            match &mut found {
                None => found = Some(Known::new(value, how, origin)),
                Some(known) if known.value == value => known.and(how, origin),
                Some(known) => {
                    let second = Known::new(value, how, origin);
                    let pair = contradiction(self.member.name, setting.name, known, &second);
                    contradictions.extend(pair.filter(|pair| !contradictions.contains(pair)));
                }
            }
        }
        let whole = self.configs.iter().find(|(config, ..)| config.env.len() > 1);
        found.or_else(|| {
            let (_, how, origin) = whole?;
            setting.bool_of("").map(|value| Known::new(value, *how, *origin))
        })
    }

    fn text_of(&self, setting: &Setting) -> Option<Known<&'s str>> {
        self.values(setting).into_iter().find_map(|(value, how, origin)| match value {
            Value::Text(text) => Some(Known::new(text, how, origin)),
            Value::Typed(EnvValue::Text(text)) => Some(Known::new(&**text, how, origin)),
            Value::Typed(_) => None,
        })
    }

    fn number_of(&self, setting: &Setting) -> Option<Known<i64>> {
        self.values(setting).into_iter().find_map(|(value, how, origin)| {
            let value = match value {
                Value::Text(text) => text.parse().ok(),
                Value::Typed(EnvValue::Number(number)) => Some(*number),
                Value::Typed(_) => None,
            };
            value.map(|value| Known::new(value, how, origin))
        })
    }

    /// Returns the version by image, log or metrics; sources that disagree are noted.
    fn version(&self, contradictions: &mut Vec<Contradiction>) -> Option<Known<CniVersion>> {
        let mut seen: Vec<Known<CniVersion>> = Vec::new();
        if let Some(dump) = self.member.dump {
            let mut last = None;
            each(&dump.logs, |_, line| {
                if let Some(LogEvent::Version(text)) = &line.value.event {
                    // The last start is the one that runs.
                    last = text.parse().ok().map(|it| Known::new(it, How::Log, line.origin));
                }
            });
            seen.extend(version_of_metrics(dump));
            seen.extend(last);
        }
        for (image, origin) in &self.images {
            let version = CniVersion::from_image(image);
            seen.extend(version.map(|version| Known::new(version, How::Image, *origin)));
        }
        let mut seen = seen.into_iter();
        let mut found = seen.next()?;
        for other in seen {
            let numbers = |it: &CniVersion| (it.major, it.minor, it.patch);
            if numbers(&other.value) == numbers(&found.value) {
                found.evidence.extend(other.evidence);
                found.value.build = found.value.build.or(other.value.build);
            } else {
                let pair = contradiction(self.member.name, "version of the CNI", &found, &other);
                contradictions.extend(pair.filter(|pair| !contradictions.contains(pair)));
            }
        }
        Some(found)
    }

    /// Returns the oldest version that writes what was found.
    fn shape(&self) -> Option<Known<crate::cni::version::ShapeBound>> {
        let dump = self.member.dump?;
        let stores = dump.datastores.seen().into_iter().flatten().filter_map(|store| {
            let bound = bound_of_datastore(&store.value)?;
            Some(Known::new(bound, How::Datastore, store.origin))
        });
        let files = dump.allocations.seen().into_iter().flatten();
        let rows = files
            .flat_map(|file| &file.entries)
            .map(|row| Known::new(bound_of_allocation(&row.value), How::Allocation, row.origin));
        stores.chain(rows).max_by_key(|bound| bound.value.since)
    }
}

/// Returns the version of `awscni_build_info{version="…"}`.
fn version_of_metrics(dump: &Node) -> Option<Known<CniVersion>> {
    let mut found = None;
    each(&dump.metrics, |_, sample| {
        if &*sample.value.name == "awscni_build_info" {
            let label = sample.value.labels.iter().find(|(name, _)| &**name == "version");
            let version = label.and_then(|(_, text)| text.parse().ok());
            found = found.take().or(version.map(|it| Known::new(it, How::Metric, sample.origin)));
        }
    });
    found
}
