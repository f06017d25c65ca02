# bash completion for otpane.
#
# The line is taken apart here, by hand: an eval of it would run what stands in it,
# and the words that bash hands over are cut at colons, of which names are full.

_otpane() {
    # words are what stands before the cursor, without their quotes. readline puts a
    # completion in the place of what follows kept in the last of them.
    local line=${COMP_LINE:0:COMP_POINT} i char quote= begun= word= kept= outside=
    local -a words=()
    for ((i = 0; i < ${#line}; i++)); do
        char=${line:i:1}
        case $quote:$char in
        \':\' | \":\") quote='' kept=$outside ;;
        \':*) word+=$char ;;
        \":\\)
            case ${line:i+1:1} in
            [\\\"\$\`]) ((++i)) && word+=${line:i:1} ;;
            *) word+=$char ;;
            esac ;;
        \":*) word+=$char ;;
        :\\) ((++i)) && begun=1 word+=${line:i:1} ;;
        :[\'\"]) begun=1 quote=$char outside=$kept kept=$word ;;
        :[[:blank:]])
            [[ $begun ]] && words+=("$word")
            begun='' word='' kept='' ;;
        *)
            begun=1 word+=$char
            [[ $COMP_WORDBREAKS == *"$char"* ]] && kept=$word ;;
        esac
    done

    local program=$1 answer directive option=
    type -P -- "$program" >/dev/null || program=otpane # an alias
    local -a answers=()
    while IFS= read -r answer; do
        answers+=("$answer")
    done < <("$program" __complete "${words[@]:1}" "$word" 2>/dev/null </dev/null)
    ((${#answers[@]})) || return
    i=$((${#answers[@]} - 1))
    directive=${answers[i]#:}
    unset "answers[i]"
    if [[ $(type -t compopt) == builtin ]]; then
        ((directive & 4)) && compopt +o default
        ((directive & 16)) && compopt +o default -o dirnames
    fi

    # A value after --flag= is completed with its flag.
    [[ $word == -*=* ]] && option=${word%%=*}=
    local tab=$'\t' value note common first=1
    local -a values=() notes=()
    local folding
    folding=$(shopt -p nocasematch)
    shopt -s nocasematch
    for answer in "${answers[@]}"; do
        value=$option${answer%%"$tab"*} note=
        [[ $answer == *"$tab"* ]] && note="  (${answer#*"$tab"})"
        [[ ${value:0:${#kept}} == "$kept" ]] || continue
        values+=("$value") notes+=("$note")
    done
    $folding

    for value in "${values[@]}"; do
        [[ $first ]] && common=$value first=
        while [[ ${value:0:${#common}} != "$common" ]]; do
            common=${common%?}
        done
    done
    local typed=$common
    ((${#common} < ${#word})) && typed=$word # what is typed in another case stays

    case ${#values[@]}:${COMP_TYPE-} in
    0:*) COMPREPLY=() ;;
    1:63 | *:63) # to be shown, not inserted
        COMPREPLY=()
        local longest=0
        for value in "${values[@]#"$option"}"; do
            ((${#value} > longest)) && longest=${#value}
        done
        for i in "${!values[@]}"; do
            value=${values[i]#"$option"}
            [[ ${notes[i]} ]] && printf -v value "%-${longest}s" "$value"
            COMPREPLY+=("$value${notes[i]}")
        done ;;
    1:*)
        _otpane_quoted "${common:${#kept}}"
        # readline closes the quote, unless it takes a quote at the end for that.
        [[ $quote && $value == *"$quote" ]] && value+=$quote
        COMPREPLY=("$value") ;;
    *:37 | *:42) # inserted one after another, or all
        COMPREPLY=()
        for common in "${values[@]}"; do
            _otpane_quoted "${common:${#kept}}"
            COMPREPLY+=("$value")
        done ;;
    *) # readline inserts what they have in common, which ends where they differ
        COMPREPLY=()
        _otpane_quoted "${typed:${#kept}}"
        for i in "${!values[@]}"; do
            COMPREPLY+=("$value${values[i]:${#common}}${notes[i]}")
        done ;;
    esac
}

# _otpane_quoted puts $1 into value so that bash reads it back as it is, after the
# quote that is open.
_otpane_quoted() {
    value=$1
    case $quote in
    '') [[ $1 ]] && printf -v value %q "$1" ;;
    \') value=${value//\'/\'\\\'\'} ;;
    \")
        value=${value//\\/\\\\} value=${value//\"/\\\"}
        value=${value//\$/\\\$} value=${value//\`/\\\`}
        value=${value//!/\"\'!\'\"} ;;
    esac
    # readline takes a quote at the beginning for the one that is open.
    [[ $quote && $value == "$quote"* ]] && value=$quote$value
}

if [[ $(type -t compopt) == builtin ]]; then
    complete -o default -F _otpane otpane
else
    complete -o default -o nospace -F _otpane otpane # bash 3, as on macOS
fi
