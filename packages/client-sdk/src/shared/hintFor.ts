import { propertiesOf } from './propertiesOf.js'

/** What the codes of a failed connection ask for, where a platform tells them: browsers do not. */
const hints: readonly (readonly [code: RegExp, hint: string])[] = [
  [/CERT|TLS|SSL|SIGNATURE|EPROTO/, 'Does it speak TLS, with a trusted certificate?'],
  [/ENOTFOUND|EAI_AGAIN/, 'Is its host name right?'],
  [/NO_FETCH/, 'There is no fetch here: pass one as the option fetch'],
  [/ECONNREFUSED/, 'Does it run, and at this port?'],
]

/** What to look at after a connection that failed, by its causes. */
export function hintFor(cause: unknown, isWebSocket?: boolean): string {
  const known = hints.find(([pattern]) => pattern.test(codesOf(cause)))
  return known?.[1] ?? `Does it run, ${isWebSocket ? 'pass upgrades, ' : ''}and allow this origin?`
}

/** The codes of an error and its causes, which `fetch`, Engine.IO, `ws` and XHR in Node name otherwise. */
function codesOf(value: unknown, depth = 0): string {
  const { code, cause, description, error, context } = propertiesOf(value)
  const next = [cause, description, error, propertiesOf(context).statusText].find(Boolean)
  return `${String(code)} ${next && depth < 5 ? codesOf(next, depth + 1) : ''}`
}
