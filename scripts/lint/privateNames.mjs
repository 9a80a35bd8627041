/** Private names that are the names of nothing else in the server. */
const names = [
  ...['_handle', '_query', '_receiver', '_sender', '_socket', 'closeTimeout', 'decoder'],
  ...['notifyOutgoingListeners', 'packetsFn', 'pingTimeoutTimer', 'sentCallbackFn', 'writeBuffer'],
  ...['writeQueueSize', 'wsPreEncodedFrame'],
]
const owner = 'packages/server/src/socketio/engineInternals.ts'
const message = `A private name of Socket.IO, Engine.IO or ws: ask for it in ${owner}.`

/** Where the name of a property stands: in an access, in a pattern or an object, and in a type. */
const places = [
  'MemberExpression[computed=false] > Identifier.property',
  'Property[computed=false] > Identifier.key',
  'TSPropertySignature[computed=false] > Identifier.key',
]
const isName = `/^(${names.join('|')})$/`

const selectors = [
  ...places.map((place) => `${place}[name=${isName}]`),
  `Literal[value=${isName}]`,
  // Private by its form, whether the server has used it before or not.
  ...places.map((place) => `${place}[name=/^_/]`),
  // Of a transport, `name` alone is public.
  ...['[object.name="transport"]', '[object.property.name="transport"]'].flatMap((transport) => [
    `MemberExpression${transport}[computed=false][property.name!="name"]`,
    `MemberExpression${transport}[property.type="Literal"]`,
  ]),
  ...['[init.name="transport"]', '[init.property.name="transport"]'].map(
    (transport) => `VariableDeclarator${transport} > ObjectPattern`,
  ),
  'Property[key.name="transport"] > ObjectPattern',
  'MemberExpression[object.property.name="engine"][property.name="clients"]',
  'MemberExpression[object.name="engine"][property.name="clients"]',
]

/** Forbids private names of other libraries outside the one file that looks after them. */
export const privateNames = {
  files: ['packages/server/src/**/*.ts'],
  ignores: [owner],
  rules: {
    'no-restricted-syntax': ['error', ...selectors.map((selector) => ({ selector, message }))],
  },
}
