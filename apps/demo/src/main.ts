import { createYektaYar } from '@yektayar/vue'
import { createApp } from 'vue'
import 'vazirmatn/Vazirmatn-Variable-font-face.css'
import DemoApp from './DemoApp.vue'
import { createLinkCut, linkCutKey } from './faults/linkCut.js'
import { createTranslations } from './i18n/createTranslations.js'
import { readServerPlace } from './serverPlace.js'
import { describeDevice } from './session/describeDevice.js'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'

const linkCut = createLinkCut(location.origin)

createApp(DemoApp)
  .provide(linkCutKey, linkCut)
  .use(createTranslations())
  .use(
    createYektaYar({
      ...readServerPlace(document),
      url: linkCut.address,
      autoConnect: true,
      outbox: { persist: 'indexeddb' },
      metadata: { device: describeDevice(navigator.userAgent) },
    }),
  )
  .mount('#app')
