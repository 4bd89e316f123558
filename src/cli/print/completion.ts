/** Completion for shells, made from the table of the commands, so that it offers what there is. */
import { COMMANDS, firstWords, named, optionsOf, secondWords } from '../words.ts'

export function bashCompletion(): string {
  return `# Completion of cpm-xdms for bash. Source it: . <(npx cpm-xdms print completion-bash)
_cpm_xdms() {
  local first="\${COMP_WORDS[1]}" second="\${COMP_WORDS[2]}" current="\${COMP_WORDS[COMP_CWORD]}" words=
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${firstWords().join(' ')}"
  elif [ "$COMP_CWORD" -eq 2 ]; then
    case "$first" in
${afterFirst()
  .map(([first, words]) => `      ${first}) words="${words.join(' ')}" ;;`)
  .join('\n')}
    esac
  else
    case "$first $second" in
${COMMANDS.filter(({ name }) => name.includes(' '))
  .map((command) => `      "${command.name}") words="${optionsOf(command).join(' ')}" ;;`)
  .join('\n')}
    esac
    case "$first" in
${COMMANDS.filter(({ name }) => !name.includes(' '))
  .map((command) => `      ${command.name}) words="${optionsOf(command).join(' ')}" ;;`)
  .join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _cpm_xdms cpm-xdms
`
}

/** What may stand as the second word. */
function afterFirst(): readonly (readonly [string, readonly string[]])[] {
  return firstWords().map((first) => {
    if (first === 'help') return [first, firstWords()]
    const second = secondWords(first)
    const [command] = named([first])
    return [first, second.length > 0 || command === undefined ? second : optionsOf(command)]
  })
}

/** zsh runs completions of bash when it is told to. */
export function zshCompletion(): string {
  return `# Completion of cpm-xdms for zsh. In ~/.zshrc: . <(npx cpm-xdms print completion-zsh)
autoload -Uz compinit bashcompinit && compinit && bashcompinit
${bashCompletion().split('\n').slice(1).join('\n')}`
}
