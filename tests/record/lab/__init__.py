"""An EKS-like node made of network namespaces, for recording fixtures and for tests against the kernel.

`world`    a private corner of this machine (net, mount, pid, uts, ipc), and namespaces in it
`names`    the names that the CNI and kube-proxy compute
`spec`     what to build: node, ENIs, pods, settings, Services
`node`     builds it: links, addresses, routes, rules, pods
`eras`     the netfilter rules of every CNI version
`kubeproxy` the rules of kube-proxy, iptables and nftables mode
`wire`     packets: build, parse, inject, see where they come out
`traffic`  real TCP, UDP and ICMP connections
`dump`     what the real tools print
`cloud`, `cluster`, `ipamd`  the JSON that EC2, Kubernetes and ipamd would show for the same spec
"""
