#compdef otpane
# zsh completion for otpane. Words are freed of their quotes and handed on; nothing
# of the line is evaluated.

_otpane() {
    local program=${(Q)words[1]} current line value note directive
    whence -p -- $program >/dev/null || program=otpane
    # PREFIX lacks the quote that is open.
    current=${(Q):-$compstate[quote]$PREFIX$compstate[quote]}
    local -a answers items
    answers=("${(@f)$("$program" __complete "${(@Q)words[2,CURRENT-1]}" "$current" 2>/dev/null </dev/null)}")
    (( $#answers )) || return
    directive=${answers[-1]#:}
    answers[-1]=()

    # A value after --flag= stands for itself.
    [[ $current == -*=* ]] && compset -P '-[^=]#='
    current=${current#-*=}
    local -a how=(-M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]}')
    for line in "$answers[@]"; do
        value=${line%%$'\t'*} note=
        [[ $line == *$'\t'* ]] && note=:${line#*$'\t'}
        # What does not begin with the text was found by it, and takes its place.
        [[ ${(L)value} == ${(L)current}* ]] || how=(-U)
        value=${value//\\/\\\\}
        items+=("${value//:/\\:}$note")
    done
    if (( $#items )); then
        _describe -t otpane otpane items $how
    elif (( directive & 16 )); then
        _files -/
    elif ! (( directive & 4 )); then
        _files
    fi
}

if [[ $funcstack[1] == _otpane ]]; then
    _otpane "$@" # loaded from a folder of $fpath
else
    compdef _otpane otpane
fi
