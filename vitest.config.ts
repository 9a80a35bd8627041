import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { storeThread } from './scripts/testing/storeThread.mjs'

const sources = {
  '@yektayar/protocol': 'packages/protocol/src/index.ts',
  '@yektayar/protocol/rules': 'packages/protocol/src/rules.ts',
  '@yektayar/server': 'packages/server/src/index.ts',
  '@yektayar/client': 'packages/client-sdk/src/index.ts',
  '@yektayar/client/texts': 'packages/client-sdk/src/texts.ts',
  '@yektayar/vue': 'packages/vue/src/index.ts',
  '@yektayar/vue/pinia': 'packages/vue/src/pinia.ts',
  '@yektayar/vue/texts': 'packages/vue/src/texts.ts',
  '@yektayar/testing': 'packages/testing/src/index.ts',
  '@yektayar/testing/fake': 'packages/testing/src/fake.ts',
}

// Coverage measures a source file only if the test does not run its built copy.
const alias = Object.entries(sources).map(([name, path]) => ({
  find: new RegExp(`^${name}$`),
  replacement: fileURLToPath(new URL(path, import.meta.url)),
}))

const measuredPackages = ['protocol', 'server', 'client-sdk', 'vue', 'testing']
/** Loading the libraries anew for each file costs more than most tests, so files share them. */
const isolate = false
/** For tests of sources that start a server on a file. */
const withStoreThread = { plugins: [storeThread()], resolve: { alias } }
const globalSetup = 'scripts/testing/storeThread.mjs'
const ssrTests = 'packages/vue/test/**/*.ssr.test.ts'
const clusterTests = 'tests/cluster/**/*.test.ts'
/** Tests that replace modules, which the other files of a worker would keep. */
const mockedTests = 'packages/server/test/**/*.mocked.test.ts'

export default defineConfig({
  test: {
    // Most tests wait for sockets, so two workers for each core are faster than one.
    maxWorkers: 2 * availableParallelism(),
    coverage: {
      provider: 'v8',
      include: measuredPackages.map((name) => `packages/${name}/src/**/*.{ts,vue}`),
      // These run in their own process or thread, where coverage is not measured.
      exclude: [
        'packages/server/src/standalone/cli.ts',
        'packages/server/src/store/sqlite/storeThread.ts',
      ],
      reporter: ['text', 'html'],
      reportOnFailure: true,
      thresholds: Object.fromEntries(
        measuredPackages.map((name) => [`packages/${name}/src/**`, { lines: 95 }]),
      ),
    },
    projects: [
      {
        ...withStoreThread,
        test: {
          name: 'unit',
          isolate,
          globalSetup,
          include: [
            'packages/{protocol,server,client-sdk,testing}/test/**/*.test.ts',
            'apps/doctor/test/**/*.test.ts',
          ],
          exclude: [mockedTests],
          testTimeout: 30_000,
        },
      },
      {
        ...withStoreThread,
        test: {
          name: 'unit-mocked',
          globalSetup,
          include: [mockedTests],
          testTimeout: 30_000,
        },
      },
      {
        plugins: [vue()],
        resolve: { alias },
        test: {
          name: 'unit-vue',
          isolate,
          environment: 'jsdom',
          include: ['packages/vue/test/**/*.test.ts', 'apps/demo/test/**/*.test.ts'],
          exclude: [ssrTests],
          testTimeout: 30_000,
        },
      },
      {
        plugins: [vue()],
        resolve: { alias },
        test: { name: 'unit-vue-ssr', isolate, include: [ssrTests], testTimeout: 30_000 },
      },
      {
        ...withStoreThread,
        test: {
          name: 'integration',
          isolate,
          globalSetup,
          include: ['tests/*/**/*.test.ts'],
          exclude: [
            ...['tests/attacks/**', 'tests/docs/**', 'tests/e2e/**', '**/node_modules/**'],
            ...['tests/faults/faults.test.ts', 'tests/outside/packed/**', clusterTests],
          ],
          testTimeout: 30_000,
        },
      },
      {
        ...withStoreThread,
        test: {
          name: 'cluster',
          isolate,
          globalSetup,
          include: [clusterTests],
          testTimeout: 30_000,
          // Each file has several servers as processes, which need the cores more than other tests.
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'attacks',
          include: ['tests/attacks/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 120_000,
          // They measure how long answers take, so nothing else may run at the same time.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // Its connections last 60 to 180 ms, so the machine must be able to connect in that time.
        test: {
          name: 'faults',
          include: ['tests/faults/faults.test.ts'],
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: { name: 'docs', include: ['tests/docs/**/*.test.ts'], testTimeout: 30_000 },
      },
      {
        // In projects outside of the workspace, which install the packages as they are published.
        test: {
          name: 'packed',
          include: ['tests/outside/packed/**/*.test.ts'],
          // The files pack the same folders.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'e2e',
          isolate,
          // Each has a browser, whose processes need more of a core than tests that wait.
          maxWorkers: Math.ceil(1.5 * availableParallelism()),
          include: ['tests/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
