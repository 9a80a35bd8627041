import { createYektaYar } from '@yektayar/vue'
import { createApp } from 'vue'
import type { contract } from '../contract.js'
import SupportChat from './SupportChat.vue'

declare module '@yektayar/vue' {
  interface Register {
    contract: typeof contract
  }
}

createApp(SupportChat, { caseId: '42' })
  .use(
    createYektaYar({
      url: import.meta.env.VITE_SERVER ?? 'http://localhost:3000',
      autoConnect: true,
    }),
  )
  .mount('#app')
