
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
