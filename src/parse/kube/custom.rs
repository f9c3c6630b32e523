//! Objects of custom resources: the CNI's, the VPC resource controller's, the load balancer controller's.

use super::{
    super::{
        Found,
        json::{Item, Placed, Text},
    },
    Name, name,
};
use crate::model::{
    Fact,
    fact::KubeFact,
    kube::{CniNode, EniConfig, Labels, SecurityGroupPolicy, TargetGroupBinding},
};
use serde::Deserialize;

/// An object of a custom resource.
#[derive(Deserialize)]
struct Object<'a, Spec, Status = serde::de::IgnoredAny> {
    #[serde(borrow)]
    metadata: Option<Name<'a>>,
    spec: Option<Spec>,
    status: Option<Status>,
}

impl<Spec, Status> Object<'_, Spec, Status> {
    /// Returns namespace and name.
    fn take_name(
        &mut self,
        placed: &Placed<'_>,
        found: &mut Found,
    ) -> Option<(Option<Box<str>>, Box<str>)> {
        let metadata = self.metadata.take().unwrap_or_default();
        let name = name(metadata.name.map(Text::boxed), placed, found)?;
        Some((metadata.namespace.map(Text::boxed), name))
    }
}

/// `crd.k8s.amazonaws.com/v1alpha1` ENIConfig.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EniConfigSpec {
    subnet: Option<Box<str>>,
    security_groups: Option<Vec<Box<str>>>,
}

pub(super) fn read_eni_config(
    item: &Item<'_>,
    found: &mut Found,
) -> Result<usize, serde_json::Error> {
    item.read::<Object<'_, EniConfigSpec>>(found, |mut object, placed, found| {
        let Some((_, name)) = object.take_name(placed, found) else { return };
        let spec = object.spec.unwrap_or_default();
        let security_groups = spec.security_groups.unwrap_or_default();
        let config = EniConfig { name, subnet: spec.subnet, security_groups };
        let config = placed.sourced(config, found);
        found.fact(Fact::Kube(KubeFact::EniConfig(config)));
    })
}

/// `vpcresources.k8s.aws/v1alpha1` CNINode.
#[derive(Default, Deserialize)]
struct CniNodeSpec {
    features: Option<Vec<Feature>>,
}

#[derive(Deserialize)]
struct Feature {
    name: Option<Box<str>>,
    value: Option<Box<str>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CniNodeStatus {
    trunk_interface: Option<TrunkInterface>,
}

#[derive(Deserialize)]
struct TrunkInterface {
    id: Option<Box<str>>,
}

pub(super) fn read_cni_node(
    item: &Item<'_>,
    found: &mut Found,
) -> Result<usize, serde_json::Error> {
    item.read::<Object<'_, CniNodeSpec, CniNodeStatus>>(found, |mut object, placed, found| {
        let Some((_, name)) = object.take_name(placed, found) else { return };
        let features = object.spec.and_then(|spec| spec.features).unwrap_or_default();
        let features = features
            .into_iter()
            .filter_map(|feature| Some((feature.name?, feature.value.unwrap_or_default())));
        let trunk = object.status.and_then(|status| status.trunk_interface);
        let node = CniNode {
            name,
            features: features.collect(),
            trunk_eni: trunk.and_then(|trunk| trunk.id),
        };
        let node = placed.sourced(node, found);
        found.fact(Fact::Kube(KubeFact::CniNode(node)));
    })
}

/// `vpcresources.k8s.aws/v1beta1` SecurityGroupPolicy.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PolicySpec {
    pod_selector: Option<Selector>,
    service_account_selector: Option<Selector>,
    security_groups: Option<GroupIds>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Selector {
    match_labels: Option<Labels>,
    match_expressions: Option<Vec<serde::de::IgnoredAny>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GroupIds {
    group_ids: Option<Vec<Box<str>>>,
}

/// Returns the labels of a selector; expressions have no place in the model and become an issue.
fn selector(
    selector: Option<Selector>,
    path: &str,
    placed: &Placed<'_>,
    found: &mut Found,
) -> Labels {
    let Some(selector) = selector else { return Labels::new() };
    if selector.match_expressions.is_some_and(|expressions| !expressions.is_empty()) {
        let message = "`matchExpressions` are not evaluated";
        placed.issue(path, &super::IssueKind::Other(message.into()), found);
    }
    selector.match_labels.unwrap_or_default()
}

pub(super) fn read_security_group_policy(
    item: &Item<'_>,
    found: &mut Found,
) -> Result<usize, serde_json::Error> {
    item.read::<Object<'_, PolicySpec>>(found, |mut object, placed, found| {
        let Some((namespace, name)) = object.take_name(placed, found) else { return };
        let spec = object.spec.unwrap_or_default();
        let of_account = "spec.serviceAccountSelector";
        let policy = SecurityGroupPolicy {
            namespace,
            name,
            pod_selector: selector(spec.pod_selector, "spec.podSelector", placed, found),
            service_account_selector: selector(
                spec.service_account_selector,
                of_account,
                placed,
                found,
            ),
            groups: spec.security_groups.and_then(|groups| groups.group_ids).unwrap_or_default(),
        };
        let policy = placed.sourced(policy, found);
        found.fact(Fact::Kube(KubeFact::SecurityGroupPolicy(policy)));
    })
}

/// `elbv2.k8s.aws/v1beta1` TargetGroupBinding.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BindingSpec {
    service_ref: Option<ServiceRef>,
    #[serde(rename = "targetGroupARN")]
    target_group_arn: Option<Box<str>>,
    target_type: Option<Box<str>>,
}

#[derive(Deserialize)]
struct ServiceRef {
    name: Option<Box<str>>,
    port: Option<serde_json::Value>,
}

pub(super) fn read_target_group_binding(
    item: &Item<'_>,
    found: &mut Found,
) -> Result<usize, serde_json::Error> {
    item.read::<Object<'_, BindingSpec>>(found, |mut object, placed, found| {
        let Some((namespace, name)) = object.take_name(placed, found) else { return };
        let spec = object.spec.unwrap_or_default();
        let (service, port) =
            spec.service_ref.map_or((None, None), |service| (service.name, service.port));
        let binding = TargetGroupBinding {
            namespace,
            name,
            service,
            // A number or a name.
            service_port: port.map(|port| match port.as_str() {
                Some(name) => name.into(),
                None => port.to_string().into(),
            }),
            target_group_arn: spec.target_group_arn,
            target_type: spec.target_type,
        };
        let binding = placed.sourced(binding, found);
        found.fact(Fact::Kube(KubeFact::TargetGroupBinding(binding)));
    })
}
