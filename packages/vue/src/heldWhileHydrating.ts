import { computed, getCurrentInstance, onMounted, shallowReadonly, shallowRef } from 'vue'
import type { Ref, ShallowRef } from 'vue'

/**
 * A state, read-only, as the current component may show it. While it hydrates what a server has rendered, however
 * late, that is the state which the server had: the first one.
 */
export function heldWhileHydrating<State>(
  state: Readonly<ShallowRef<State>>,
  first: State,
): Readonly<Ref<State>> {
  // As Vue itself asks: the component has an element before its setup.
  if (!getCurrentInstance()?.vnode.el) return shallowReadonly(state)
  const isMounted = shallowRef(false)
  onMounted(() => {
    isMounted.value = true
  })
  return computed(() => (isMounted.value ? state.value : first))
}
