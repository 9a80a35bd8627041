import { createYektaYar } from '@yektayar/vue'
import { createApp } from 'vue'
import DemoApp from './DemoApp.vue'
import './style.css'

createApp(DemoApp)
  .use(createYektaYar({ autoConnect: true }))
  .mount('#app')
