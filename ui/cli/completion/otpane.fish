# fish completion for otpane. Tokens come freed of their quotes and are handed on;
# nothing of the line is evaluated.

function __otpane_complete
    set -l tokens (commandline -opc)
    set -l current (commandline -to) # the whole token: freed of its quotes, it cannot be cut
    if test (commandline -t) != (commandline -ct); or not set -q current[1]
        set current (commandline -ct)
    end
    set -l program $tokens[1]
    command -q -- $program; or set program otpane
    set -l answers (command $program __complete $tokens[2..] $current[1] 2>/dev/null </dev/null)
    set -q answers[1]; or return
    set -l directive (string sub -s 2 -- $answers[-1])
    set -e answers[-1]

    # A value after --flag= is completed with its flag.
    set -l option (string match -r -- '^-[^=]*=' $current[1])
    if set -q answers[1]
        for answer in $answers
            printf '%s%s\n' "$option" $answer
        end
    else if test (math "bitand($directive, 16)") -ne 0
        __fish_complete_directories $current[1] ''
    else if test (math "bitand($directive, 4)") -eq 0
        __fish_complete_path $current[1]
    end
end

complete -c otpane -e
complete -c otpane -f -a '(__otpane_complete)'
