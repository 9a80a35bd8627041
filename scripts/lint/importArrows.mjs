const ours = ['protocol', 'server', 'client', 'vue', 'testing', 'backend', 'demo', 'doctor'].map(
  (name) => `@yektayar/${name}`,
)
const transports = [
  'engine.io-client',
  'fastify',
  'fastify-plugin',
  'socket.io',
  'socket.io-client',
]

const deepPaths = [
  '^@yektayar/(?!(protocol/rules|client/texts|vue/pinia|vue/texts|server/cli|testing/fake)$)[^/]+/',
  '(^|/)(protocol|server|client-sdk|vue|testing|backend|demo|doctor)/(src|dist)(/|$)',
].map((regex) => ({
  regex,
  message: 'Import a package by its name, not by its internal paths.',
}))

/** Which package may import which, as lint rules. Every other import is an error. */
export const importArrows = [
  forbid(['{packages,apps}/*/test/**/*.ts', 'tests/**/*.ts'], []),
  arrows('packages/protocol', {}),
  arrows('packages/server', {
    to: ['@yektayar/protocol', 'fastify', 'fastify-plugin', 'socket.io'],
  }),
  arrows('packages/client-sdk', {
    to: ['@yektayar/protocol', 'socket.io-client'],
    never: ['zod', '@yektayar/protocol/rules'],
  }),
  arrows('packages/vue', {
    to: ['@yektayar/client'],
    toTypes: ['@yektayar/protocol', 'socket.io-client'],
    never: ['zod'],
  }),
  arrows('packages/testing', {
    to: ['@yektayar/server', '@yektayar/client', '@yektayar/protocol', 'engine.io-client'],
  }),
  arrows('packages/backend', { to: ['@yektayar/server'] }),
  arrows('apps/demo', { to: ['@yektayar/vue'] }),
  arrows('apps/doctor', { to: ['@yektayar/client'] }),
]

function arrows(folder, { to = [], toTypes = [], never = [] }) {
  const forbidden = [...ours, ...transports, ...never].filter((name) => !to.includes(name))
  return forbid(
    [`${folder}/src/**/*.{ts,vue}`],
    forbidden.map((name) => ({
      regex: `^${name}(/|$)`,
      allowTypeImports: toTypes.includes(name),
      message: `Not an allowed import: ${folder} may import ${to.join(', ') || 'none of these'}.`,
    })),
  )
}

function forbid(files, patterns) {
  return {
    files,
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [...patterns, ...deepPaths] },
      ],
    },
  }
}
