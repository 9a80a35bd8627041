/** The folders of a package from the top down: a file imports from its own folder and those below. */
const layers = {
  'packages/client-sdk/src': [
    'texts',
    'rooms',
    'outbox',
    'events',
    'commands',
    'connection',
    'session',
    'shared',
  ],
  'packages/server/src': [
    'standalone',
    'app',
    'coreCommands',
    'once',
    'connections',
    'commands',
    'rooms',
    'guards',
    'http',
    'context',
    'socketio',
    'sessions',
    'store',
    'metrics',
    'shared',
  ],
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Files that import each other can only be read together. Type imports count.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-parent-folder',
      comment: 'A folder inside of a layer is below the files next to it.',
      severity: 'error',
      // Each kind of database implements the interface in the folder above.
      from: {
        path: '^(packages/[^/]+/src/.+)/[^/]+/[^/]+$',
        pathNot: '^packages/server/src/store/(sqlite|postgres)/',
      },
      to: { path: '^$1/[^/]+$' },
    },
    {
      name: 'no-way-around-the-store',
      comment: 'Use the interface in store/store.ts; the implementations stay behind it.',
      severity: 'error',
      from: { path: '^packages/server/src/', pathNot: '^packages/server/src/store/' },
      to: { path: '^packages/server/src/store/(sqlite|postgres)/' },
    },
    ...Object.entries(layers).flatMap(([source, folders]) => layerRules(source, folders)),
  ],
  options: {
    includeOnly: '^(packages|apps)/[^/]+/src/',
    tsPreCompilationDeps: true,
  },
}

function layerRules(source, folders) {
  const inNone = `^${source}/(?!(${folders.join('|')})/)[^/]+/`
  const unknown = {
    name: 'no-unknown-layer',
    comment: 'Add a new folder to the layers in scripts/lint/layers.mjs.',
    severity: 'error',
  }
  return [
    { ...unknown, from: { path: `^${source}/` }, to: { path: inNone } },
    { ...unknown, from: { path: inNone }, to: {} },
    ...folders.map((folder, index) => ({
      name: 'no-upward-import',
      comment: `Below ${folder}/ of ${source}: ${folders.slice(index + 1).join(', ') || 'nothing'}.`,
      severity: 'error',
      from: { path: `^${source}/${folder}/` },
      to: {
        path: [
          `^${source}/[^/]+$`,
          ...folders.slice(0, index).map((above) => `^${source}/${above}/`),
        ],
      },
    })),
  ]
}
