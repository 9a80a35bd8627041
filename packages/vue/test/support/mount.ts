import { createApp, defineComponent, h } from 'vue'
import type { App } from 'vue'
import type { YektaYarPlugin } from '../../src/index.js'

/** Runs a composable in the setup of a component, mounted in a new app. */
export function mount<Result>(plugin: YektaYarPlugin, setup: () => Result) {
  let result: Result | undefined
  const app: App = createApp(
    defineComponent(() => {
      result = setup()
      return () => h('div')
    }),
  )
  app.use(plugin)
  app.mount(document.createElement('div'))
  return { app, result: result as Result }
}
