/** Private names that the server uses for nothing else. */
const names = [
  ...['_handle', '_query', '_receiver', '_sender', '_socket', 'closeTimeout', 'decoder'],
  ...['notifyOutgoingListeners', 'packetsFn', 'pingTimeoutTimer', 'sentCallbackFn', 'writeBuffer'],
  ...['writeQueueSize', 'wsPreEncodedFrame'],
]
const owner = 'packages/server/src/socketio/engineInternals.ts'
const message = `A private name of Socket.IO, Engine.IO or ws: use it only in ${owner}.`

/** Where a property name can occur: in an access, in a pattern or an object, and in a type. */
const places = [
  'MemberExpression[computed=false] > Identifier.property',
  'Property[computed=false] > Identifier.key',
  'TSPropertySignature[computed=false] > Identifier.key',
]
const isName = `/^(${names.join('|')})$/`

const selectors = [
  ...places.map((place) => `${place}[name=${isName}]`),
  `Literal[value=${isName}]`,
  // Any name with a leading underscore is private.
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

/** Forbids private names of other libraries outside of the one file that owns them. */
export const privateNames = {
  files: ['packages/server/src/**/*.ts'],
  ignores: [owner],
  rules: {
    'no-restricted-syntax': ['error', ...selectors.map((selector) => ({ selector, message }))],
  },
}
