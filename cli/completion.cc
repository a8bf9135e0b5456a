// `pawl completion`: a few lines for each shell, which ask `pawl complete` at every word. So they never
// disagree with the pawl that is installed.

#include <iostream>
#include <string_view>

#include "cli/commands.h"

namespace pawl::cli {
namespace {

constexpr std::string_view kBash = R"(# Completion of pawl for bash: source <(pawl completion bash)
_pawl() {
  local word names current=${COMP_WORDS[COMP_CWORD]}
  [ "$current" != = ] || current=''
  COMPREPLY=()
  while IFS=$'\t' read -r word _; do
    case $word in
      :files) compopt -o filenames 2>/dev/null; mapfile -t names < <(compgen -f -- "$current"); COMPREPLY+=("${names[@]}") ;;
      :folders) compopt -o filenames 2>/dev/null; mapfile -t names < <(compgen -d -- "$current"); COMPREPLY+=("${names[@]}") ;;
      *= | */) compopt -o nospace 2>/dev/null; COMPREPLY+=("$word") ;;
      *) COMPREPLY+=("$word") ;;
    esac
  done < <("${1/#\~\//$HOME/}" complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _pawl pawl
)";

constexpr std::string_view kZsh = R"(#compdef pawl
# Completion of pawl for zsh: source <(pawl completion zsh), or this file as _pawl in a folder of $fpath
_pawl() {
  local line word
  local -a found unfinished
  for line in "${(@f)$(${(Q)words[1]} complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    word=${line%%$'\t'*}
    case $word in
      '') ;;
      :files) _files ;;
      :folders) _files -/ ;;
      *=|*/) unfinished+=("$word") ;;
      *) found+=("${word//:/\\:}${${line#$word}/$'\t'/:}") ;;
    esac
  done
  if (( $#unfinished )); then compadd -S '' -- $unfinished; fi
  if (( $#found )); then _describe -V pawl found; fi
}
if [[ $funcstack[1] == _pawl ]]; then _pawl "$@"; else compdef _pawl pawl; fi
)";

constexpr std::string_view kFish = R"(# Completion of pawl for fish: pawl completion fish | source
function __pawl_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  for line in ($words[1] complete $words[2..-1] "$current" 2>/dev/null)
    switch $line
      case :files
        __fish_complete_path "$current"
      case :folders
        __fish_complete_directories "$current"
      case '*'
        echo $line
    end
  end
end
complete -c pawl -f -a '(__pawl_complete)'
)";

}  // namespace

Exit run(const Common&, const CompletionArguments& arguments) {
  std::cout << (arguments.shell == "bash" ? kBash : arguments.shell == "zsh" ? kZsh : kFish);
  return Exit::Done;
}

}  // namespace pawl::cli
