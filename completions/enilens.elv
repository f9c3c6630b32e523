
use builtin;
use str;

set edit:completion:arg-completer[enilens] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'enilens'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'enilens'= {
            cand --color 'When to colour'
            cand -q 'Say only the answer'
            cand --quiet 'Say only the answer'
            cand -v 'Show every line and every place that shows a fact'
            cand --verbose 'Show every line and every place that shows a fact'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand ingest 'What was handed over, what was understood, what is missing'
            cand topology 'Which pod is on which veth, netns, address, ENI, slot and table'
            cand explain 'What happens to a flow on its node, and why its source was rewritten or not'
            cand plan 'What a node will hold: ENIs, addresses, prefixes, max-pods'
            cand completions 'Print the completions of a shell'
            cand man 'Print a manual page'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'enilens;ingest'= {
            cand --format 'The form of the answer'
            cand -o 'Write one file that every verb takes as a PATH'
            cand --output 'Write one file that every verb takes as a PATH'
            cand --color 'When to colour'
            cand --strict 'Fail where input was not fully understood'
            cand -q 'Say only the answer'
            cand --quiet 'Say only the answer'
            cand -v 'Show every line and every place that shows a fact'
            cand --verbose 'Show every line and every place that shows a fact'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'enilens;topology'= {
            cand --format 'The form of the answer'
            cand --ip 'Answer who has an address, and how that is known'
            cand --node 'Show one node'
            cand --pod 'Show one pod with its node''s ENIs'
            cand --color 'When to colour'
            cand --strict 'Fail where input was not fully understood'
            cand -q 'Say only the answer'
            cand --quiet 'Say only the answer'
            cand -v 'Show every line and every place that shows a fact'
            cand --verbose 'Show every line and every place that shows a fact'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'enilens;explain'= {
            cand --format 'The form of the answer'
            cand --flows 'Answer the flows of a file of JSON lines, or of - for standard input'
            cand --node 'Look at one node'
            cand --color 'When to colour'
            cand --strict 'Fail where input was not fully understood'
            cand -q 'Say only the answer'
            cand --quiet 'Say only the answer'
            cand -v 'Show every line and every place that shows a fact'
            cand --verbose 'Show every line and every place that shows a fact'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'enilens;plan'= {
            cand --instance-type 'The instance type'
            cand --pods 'The largest number of pods'
            cand --nodes 'How many such nodes subnets must have addresses for'
            cand --max-pods 'The kubelet''s max-pods, where the pool stops to grow [default: what the node can carry]'
            cand --unmanaged-enis 'ENIs on the node that ipamd does not manage'
            cand --warm-eni-target 'WARM_ENI_TARGET [default: 1]'
            cand --warm-ip-target 'WARM_IP_TARGET [default: not set]'
            cand --minimum-ip-target 'MINIMUM_IP_TARGET [default: not set]'
            cand --warm-prefix-target 'WARM_PREFIX_TARGET [default: 1, as in the shipped manifest]'
            cand --max-eni 'MAX_ENI [default: what the type allows]'
            cand --cni-version 'The CNI''s version, v1.6.0 or later [default: a present one]'
            cand --format 'The form of the answer'
            cand --color 'When to colour'
            cand --prefix-delegation 'ENABLE_PREFIX_DELEGATION'
            cand --custom-networking 'AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG'
            cand --pod-eni 'ENABLE_POD_ENI: a trunk ENI takes a slot'
            cand -q 'Say only the answer'
            cand --quiet 'Say only the answer'
            cand -v 'Show every line and every place that shows a fact'
            cand --verbose 'Show every line and every place that shows a fact'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'enilens;completions'= {
            cand --color 'When to colour'
            cand -q 'Say only the answer'
            cand --quiet 'Say only the answer'
            cand -v 'Show every line and every place that shows a fact'
            cand --verbose 'Show every line and every place that shows a fact'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'enilens;man'= {
            cand --color 'When to colour'
            cand -q 'Say only the answer'
            cand --quiet 'Say only the answer'
            cand -v 'Show every line and every place that shows a fact'
            cand --verbose 'Show every line and every place that shows a fact'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'enilens;help'= {
            cand ingest 'What was handed over, what was understood, what is missing'
            cand topology 'Which pod is on which veth, netns, address, ENI, slot and table'
            cand explain 'What happens to a flow on its node, and why its source was rewritten or not'
            cand plan 'What a node will hold: ENIs, addresses, prefixes, max-pods'
            cand completions 'Print the completions of a shell'
            cand man 'Print a manual page'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'enilens;help;ingest'= {
        }
        &'enilens;help;topology'= {
        }
        &'enilens;help;explain'= {
        }
        &'enilens;help;plan'= {
        }
        &'enilens;help;completions'= {
        }
        &'enilens;help;man'= {
        }
        &'enilens;help;help'= {
        }
    ]
    $completions[$command]
}
