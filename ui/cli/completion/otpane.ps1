# PowerShell completion for otpane, from Windows PowerShell 5.1. Words are taken from
# the parsed line and handed on; nothing of it is evaluated.

Register-ArgumentCompleter -Native -CommandName otpane -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $words = @()
    $current = ''
    foreach ($element in $commandAst.CommandElements) {
        if ($element.Extent.StartOffset -ge $cursorPosition) { break }
        $text = $element.Extent.Text
        if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $text = $element.Value }
        if ($element.Extent.EndOffset -ge $cursorPosition) { $current = $text } else { $words += $text }
    }

    # Before 7.3 an empty argument is lost and a quote in one is taken for the shell's.
    $legacy = -not (Test-Path Variable:PSNativeCommandArgumentPassing) -or $PSNativeCommandArgumentPassing -eq 'Legacy'
    $arguments = @(@($words | Select-Object -Skip 1) + $current | ForEach-Object {
        if (-not $legacy) { $_ } elseif ($_ -eq '') { '""' } else { $_ -replace '(\\*)"', '$1$1\"' }
    })
    $program = $words[0]
    if (-not (Get-Command -CommandType Application -Name $program -ErrorAction Ignore)) { $program = 'otpane' }

    $encoding = [Console]::OutputEncoding
    try {
        [Console]::OutputEncoding = [System.Text.Encoding]::UTF8
        $answers = @(& $program __complete @arguments 2>$null)
    } finally {
        [Console]::OutputEncoding = $encoding
    }
    if ($answers.Count -eq 0) { return }
    $directive = [int]$answers[-1].TrimStart(':')

    # A value after --flag= is completed with its flag.
    $option = ''
    if ($current -match '^-[^=]*=') { $option = $Matches[0] }
    for ($i = 0; $i -lt $answers.Count - 1; $i++) {
        $value, $note = $answers[$i] -split "`t", 2
        if (-not $note) { $note = $value }
        $inserted = $option + $value
        if ($inserted -notmatch '^[A-Za-z0-9_./:=+-]+$') {
            if ($legacy) { $inserted = $inserted -replace '(\\*)"', '$1$1\"' }
            $inserted = "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($inserted) + "'"
        }
        [System.Management.Automation.CompletionResult]::new($inserted, $value, 'ParameterValue', $note)
    }
    # PowerShell completes files where nothing was offered: an empty text stops it.
    if ($answers.Count -eq 1 -and ($directive -band 4)) { '' }
}
