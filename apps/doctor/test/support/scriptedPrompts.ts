import type { ActionName, Prompts } from '../../src/interactive/prompts.js'

/** Prompts that choose and answer as scripted, and record what was shown. */
export function scriptedPrompts(
  choices: readonly ActionName[],
  answers: readonly (string | undefined)[] = [],
  onChoice: (count: number) => unknown = () => undefined,
) {
  const shown: { verdict: string; title: string; text: string }[] = []
  const statuses: string[] = []
  const left = [...answers]
  const prompts: Prompts = {
    choose: async (status) => {
      const choice = choices[statuses.length]
      if (choice === undefined) throw new Error('The user was asked more often than planned')
      statuses.push(status)
      await onChoice(statuses.length)
      return choice
    },
    ask: () => Promise.resolve(left.shift()),
    wait: (_label, work) => work(),
    show: (verdict, title, text) => {
      shown.push({ verdict, title, text })
    },
  }
  return { prompts, shown, statuses }
}
