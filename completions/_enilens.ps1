
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'enilens' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'enilens'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'enilens' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only the answer')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only the answer')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show every line and every place that shows a fact')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show every line and every place that shows a fact')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('ingest', 'ingest', [CompletionResultType]::ParameterValue, 'What was handed over, what was understood, what is missing')
            [CompletionResult]::new('topology', 'topology', [CompletionResultType]::ParameterValue, 'Which pod is on which veth, netns, address, ENI, slot and table')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'What happens to a flow on its node, and why its source was rewritten or not')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'What a node will hold: ENIs, addresses, prefixes, max-pods')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print a manual page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'enilens;ingest' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of the answer')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Write one file that every verb takes as a PATH')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write one file that every verb takes as a PATH')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Fail where input was not fully understood')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only the answer')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only the answer')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show every line and every place that shows a fact')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show every line and every place that shows a fact')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'enilens;topology' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of the answer')
            [CompletionResult]::new('--ip', '--ip', [CompletionResultType]::ParameterName, 'Answer who has an address, and how that is known')
            [CompletionResult]::new('--node', '--node', [CompletionResultType]::ParameterName, 'Show one node')
            [CompletionResult]::new('--pod', '--pod', [CompletionResultType]::ParameterName, 'Show one pod with its node''s ENIs')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Fail where input was not fully understood')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only the answer')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only the answer')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show every line and every place that shows a fact')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show every line and every place that shows a fact')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'enilens;explain' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of the answer')
            [CompletionResult]::new('--flows', '--flows', [CompletionResultType]::ParameterName, 'Answer the flows of a file of JSON lines, or of - for standard input')
            [CompletionResult]::new('--node', '--node', [CompletionResultType]::ParameterName, 'Look at one node')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Fail where input was not fully understood')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only the answer')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only the answer')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show every line and every place that shows a fact')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show every line and every place that shows a fact')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'enilens;plan' {
            [CompletionResult]::new('--instance-type', '--instance-type', [CompletionResultType]::ParameterName, 'The instance type')
            [CompletionResult]::new('--pods', '--pods', [CompletionResultType]::ParameterName, 'The largest number of pods')
            [CompletionResult]::new('--nodes', '--nodes', [CompletionResultType]::ParameterName, 'How many such nodes subnets must have addresses for')
            [CompletionResult]::new('--max-pods', '--max-pods', [CompletionResultType]::ParameterName, 'The kubelet''s max-pods, where the pool stops to grow [default: what the node can carry]')
            [CompletionResult]::new('--unmanaged-enis', '--unmanaged-enis', [CompletionResultType]::ParameterName, 'ENIs on the node that ipamd does not manage')
            [CompletionResult]::new('--warm-eni-target', '--warm-eni-target', [CompletionResultType]::ParameterName, 'WARM_ENI_TARGET [default: 1]')
            [CompletionResult]::new('--warm-ip-target', '--warm-ip-target', [CompletionResultType]::ParameterName, 'WARM_IP_TARGET [default: not set]')
            [CompletionResult]::new('--minimum-ip-target', '--minimum-ip-target', [CompletionResultType]::ParameterName, 'MINIMUM_IP_TARGET [default: not set]')
            [CompletionResult]::new('--warm-prefix-target', '--warm-prefix-target', [CompletionResultType]::ParameterName, 'WARM_PREFIX_TARGET [default: 1, as in the shipped manifest]')
            [CompletionResult]::new('--max-eni', '--max-eni', [CompletionResultType]::ParameterName, 'MAX_ENI [default: what the type allows]')
            [CompletionResult]::new('--cni-version', '--cni-version', [CompletionResultType]::ParameterName, 'The CNI''s version, v1.6.0 or later [default: a present one]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The form of the answer')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour')
            [CompletionResult]::new('--prefix-delegation', '--prefix-delegation', [CompletionResultType]::ParameterName, 'ENABLE_PREFIX_DELEGATION')
            [CompletionResult]::new('--custom-networking', '--custom-networking', [CompletionResultType]::ParameterName, 'AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG')
            [CompletionResult]::new('--pod-eni', '--pod-eni', [CompletionResultType]::ParameterName, 'ENABLE_POD_ENI: a trunk ENI takes a slot')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only the answer')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only the answer')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show every line and every place that shows a fact')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show every line and every place that shows a fact')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'enilens;completions' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only the answer')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only the answer')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show every line and every place that shows a fact')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show every line and every place that shows a fact')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'enilens;man' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say only the answer')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say only the answer')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show every line and every place that shows a fact')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show every line and every place that shows a fact')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'enilens;help' {
            [CompletionResult]::new('ingest', 'ingest', [CompletionResultType]::ParameterValue, 'What was handed over, what was understood, what is missing')
            [CompletionResult]::new('topology', 'topology', [CompletionResultType]::ParameterValue, 'Which pod is on which veth, netns, address, ENI, slot and table')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'What happens to a flow on its node, and why its source was rewritten or not')
            [CompletionResult]::new('plan', 'plan', [CompletionResultType]::ParameterValue, 'What a node will hold: ENIs, addresses, prefixes, max-pods')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print a manual page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'enilens;help;ingest' {
            break
        }
        'enilens;help;topology' {
            break
        }
        'enilens;help;explain' {
            break
        }
        'enilens;help;plan' {
            break
        }
        'enilens;help;completions' {
            break
        }
        'enilens;help;man' {
            break
        }
        'enilens;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
