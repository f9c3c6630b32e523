# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_enilens_global_optspecs
    string join \n color= q/quiet v/verbose h/help V/version
end

function __fish_enilens_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_enilens_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_enilens_using_subcommand
    set -l cmd (__fish_enilens_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c enilens -n "__fish_enilens_needs_command" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c enilens -n "__fish_enilens_needs_command" -s q -l quiet -d 'Say only the answer'
complete -c enilens -n "__fish_enilens_needs_command" -s v -l verbose -d 'Show every line and every place that shows a fact'
complete -c enilens -n "__fish_enilens_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c enilens -n "__fish_enilens_needs_command" -s V -l version -d 'Print version'
complete -c enilens -n "__fish_enilens_needs_command" -f -a "ingest" -d 'What was handed over, what was understood, what is missing'
complete -c enilens -n "__fish_enilens_needs_command" -f -a "topology" -d 'Which pod is on which veth, netns, address, ENI, slot and table'
complete -c enilens -n "__fish_enilens_needs_command" -f -a "explain" -d 'What happens to a flow on its node, and why its source was rewritten or not'
complete -c enilens -n "__fish_enilens_needs_command" -f -a "plan" -d 'What a node will hold: ENIs, addresses, prefixes, max-pods'
complete -c enilens -n "__fish_enilens_needs_command" -f -a "completions" -d 'Print the completions of a shell'
complete -c enilens -n "__fish_enilens_needs_command" -f -a "man" -d 'Print a manual page'
complete -c enilens -n "__fish_enilens_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c enilens -n "__fish_enilens_using_subcommand ingest" -l format -d 'The form of the answer' -r -f -a "text\t'For people'
json\t'For programs; the schema is stable'"
complete -c enilens -n "__fish_enilens_using_subcommand ingest" -s o -l output -d 'Write one file that every verb takes as a PATH' -r -F
complete -c enilens -n "__fish_enilens_using_subcommand ingest" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c enilens -n "__fish_enilens_using_subcommand ingest" -l strict -d 'Fail where input was not fully understood'
complete -c enilens -n "__fish_enilens_using_subcommand ingest" -s q -l quiet -d 'Say only the answer'
complete -c enilens -n "__fish_enilens_using_subcommand ingest" -s v -l verbose -d 'Show every line and every place that shows a fact'
complete -c enilens -n "__fish_enilens_using_subcommand ingest" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c enilens -n "__fish_enilens_using_subcommand topology" -l format -d 'The form of the answer' -r -f -a "text\t'For people'
json\t'For programs; the schema is stable'"
complete -c enilens -n "__fish_enilens_using_subcommand topology" -l ip -d 'Answer who has an address, and how that is known' -r
complete -c enilens -n "__fish_enilens_using_subcommand topology" -l node -d 'Show one node' -r
complete -c enilens -n "__fish_enilens_using_subcommand topology" -l pod -d 'Show one pod with its node\'s ENIs' -r
complete -c enilens -n "__fish_enilens_using_subcommand topology" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c enilens -n "__fish_enilens_using_subcommand topology" -l strict -d 'Fail where input was not fully understood'
complete -c enilens -n "__fish_enilens_using_subcommand topology" -s q -l quiet -d 'Say only the answer'
complete -c enilens -n "__fish_enilens_using_subcommand topology" -s v -l verbose -d 'Show every line and every place that shows a fact'
complete -c enilens -n "__fish_enilens_using_subcommand topology" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c enilens -n "__fish_enilens_using_subcommand explain" -l format -d 'The form of the answer' -r -f -a "text\t'For people'
json\t'For programs; the schema is stable'"
complete -c enilens -n "__fish_enilens_using_subcommand explain" -l flows -d 'Answer the flows of a file of JSON lines, or of - for standard input' -r -F
complete -c enilens -n "__fish_enilens_using_subcommand explain" -l node -d 'Look at one node' -r
complete -c enilens -n "__fish_enilens_using_subcommand explain" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c enilens -n "__fish_enilens_using_subcommand explain" -l strict -d 'Fail where input was not fully understood'
complete -c enilens -n "__fish_enilens_using_subcommand explain" -s q -l quiet -d 'Say only the answer'
complete -c enilens -n "__fish_enilens_using_subcommand explain" -s v -l verbose -d 'Show every line and every place that shows a fact'
complete -c enilens -n "__fish_enilens_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c enilens -n "__fish_enilens_using_subcommand plan" -l instance-type -d 'The instance type' -r
complete -c enilens -n "__fish_enilens_using_subcommand plan" -l pods -d 'The largest number of pods' -r
complete -c enilens -n "__fish_enilens_using_subcommand plan" -l nodes -d 'How many such nodes subnets must have addresses for' -r
complete -c enilens -n "__fish_enilens_using_subcommand plan" -l max-pods -d 'The kubelet\'s max-pods, where the pool stops to grow [default: what the node can carry]' -r
complete -c enilens -n "__fish_enilens_using_subcommand plan" -l unmanaged-enis -d 'ENIs on the node that ipamd does not manage' -r
complete -c enilens -n "__fish_enilens_using_subcommand plan" -l warm-eni-target -d 'WARM_ENI_TARGET [default: 1]' -r
complete -c enilens -n "__fish_enilens_using_subcommand plan" -l warm-ip-target -d 'WARM_IP_TARGET [default: not set]' -r
complete -c enilens -n "__fish_enilens_using_subcommand plan" -l minimum-ip-target -d 'MINIMUM_IP_TARGET [default: not set]' -r
complete -c enilens -n "__fish_enilens_using_subcommand plan" -l warm-prefix-target -d 'WARM_PREFIX_TARGET [default: 1, as in the shipped manifest]' -r
complete -c enilens -n "__fish_enilens_using_subcommand plan" -l max-eni -d 'MAX_ENI [default: what the type allows]' -r
complete -c enilens -n "__fish_enilens_using_subcommand plan" -l cni-version -d 'The CNI\'s version, v1.6.0 or later [default: a present one]' -r
complete -c enilens -n "__fish_enilens_using_subcommand plan" -l format -d 'The form of the answer' -r -f -a "text\t'For people'
json\t'For programs; the schema is stable'"
complete -c enilens -n "__fish_enilens_using_subcommand plan" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c enilens -n "__fish_enilens_using_subcommand plan" -l prefix-delegation -d 'ENABLE_PREFIX_DELEGATION'
complete -c enilens -n "__fish_enilens_using_subcommand plan" -l custom-networking -d 'AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG'
complete -c enilens -n "__fish_enilens_using_subcommand plan" -l pod-eni -d 'ENABLE_POD_ENI: a trunk ENI takes a slot'
complete -c enilens -n "__fish_enilens_using_subcommand plan" -s q -l quiet -d 'Say only the answer'
complete -c enilens -n "__fish_enilens_using_subcommand plan" -s v -l verbose -d 'Show every line and every place that shows a fact'
complete -c enilens -n "__fish_enilens_using_subcommand plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c enilens -n "__fish_enilens_using_subcommand completions" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c enilens -n "__fish_enilens_using_subcommand completions" -s q -l quiet -d 'Say only the answer'
complete -c enilens -n "__fish_enilens_using_subcommand completions" -s v -l verbose -d 'Show every line and every place that shows a fact'
complete -c enilens -n "__fish_enilens_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c enilens -n "__fish_enilens_using_subcommand man" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t''
never\t''"
complete -c enilens -n "__fish_enilens_using_subcommand man" -s q -l quiet -d 'Say only the answer'
complete -c enilens -n "__fish_enilens_using_subcommand man" -s v -l verbose -d 'Show every line and every place that shows a fact'
complete -c enilens -n "__fish_enilens_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c enilens -n "__fish_enilens_using_subcommand help; and not __fish_seen_subcommand_from ingest topology explain plan completions man help" -f -a "ingest" -d 'What was handed over, what was understood, what is missing'
complete -c enilens -n "__fish_enilens_using_subcommand help; and not __fish_seen_subcommand_from ingest topology explain plan completions man help" -f -a "topology" -d 'Which pod is on which veth, netns, address, ENI, slot and table'
complete -c enilens -n "__fish_enilens_using_subcommand help; and not __fish_seen_subcommand_from ingest topology explain plan completions man help" -f -a "explain" -d 'What happens to a flow on its node, and why its source was rewritten or not'
complete -c enilens -n "__fish_enilens_using_subcommand help; and not __fish_seen_subcommand_from ingest topology explain plan completions man help" -f -a "plan" -d 'What a node will hold: ENIs, addresses, prefixes, max-pods'
complete -c enilens -n "__fish_enilens_using_subcommand help; and not __fish_seen_subcommand_from ingest topology explain plan completions man help" -f -a "completions" -d 'Print the completions of a shell'
complete -c enilens -n "__fish_enilens_using_subcommand help; and not __fish_seen_subcommand_from ingest topology explain plan completions man help" -f -a "man" -d 'Print a manual page'
complete -c enilens -n "__fish_enilens_using_subcommand help; and not __fish_seen_subcommand_from ingest topology explain plan completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
