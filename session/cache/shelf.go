package cache

import (
	"container/list"
	"slices"
)

// item is a stored response on a shelf. Its name is the same on both shelves.
type item[V any] struct {
	name  string
	key   key
	size  int64 // bytes that it counts for
	value V
	place *list.Element
}

// shelf holds items within a budget of bytes, and knows which was used longest
// ago.
type shelf[V any] struct {
	budget, used int64
	items        map[string]*item[V]
	keys         map[key][]*item[V] // in the order of storing
	order        *list.List         // of *item[V], the one used longest ago first
}

func newShelf[V any](budget int64) *shelf[V] {
	return &shelf[V]{
		budget: budget,
		items:  make(map[string]*item[V]),
		keys:   make(map[key][]*item[V]),
		order:  list.New(),
	}
}

// largest is the most bytes that one response may have: a twentieth of the
// budget, so that one does not drive out all others.
func (s *shelf[V]) largest() int64 { return s.budget / 20 }

// add puts an item there, as the one used last.
func (s *shelf[V]) add(name string, k key, size int64, value V) {
	it := &item[V]{name: name, key: k, size: size, value: value}
	it.place = s.order.PushBack(it)
	s.items[name] = it
	s.keys[k] = append(s.keys[k], it)
	s.used += size
}

// touch notes that the item is used.
func (s *shelf[V]) touch(it *item[V]) { s.order.MoveToBack(it.place) }

// resize changes what the item counts for.
func (s *shelf[V]) resize(it *item[V], size int64) {
	s.used += size - it.size
	it.size = size
}

func (s *shelf[V]) remove(it *item[V]) {
	s.order.Remove(it.place)
	delete(s.items, it.name)
	s.used -= it.size
	left := slices.DeleteFunc(s.keys[it.key], func(other *item[V]) bool { return other == it })
	if len(left) == 0 {
		delete(s.keys, it.key)
		return
	}
	s.keys[it.key] = left
}

// excess is the item used longest ago if the shelf is over its budget, else
// nil.
func (s *shelf[V]) excess() *item[V] {
	if s.used <= s.budget || s.order.Len() == 0 {
		return nil
	}
	return s.order.Front().Value.(*item[V])
}
