package model

// heap is a binary heap of values, the first by less on top.
type heap[T any] struct {
	less  func(a, b T) bool
	items []T
}

func (h *heap[T]) len() int { return len(h.items) }

// top is the first value; the heap must not be empty.
func (h *heap[T]) top() T { return h.items[0] }

func (h *heap[T]) push(v T) {
	h.items = append(h.items, v)
	i := len(h.items) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !h.less(h.items[i], h.items[up]) {
			return
		}
		h.items[i], h.items[up] = h.items[up], h.items[i]
		i = up
	}
}

func (h *heap[T]) pop() T {
	v := h.items[0]
	last := len(h.items) - 1
	h.items[0] = h.items[last]
	var zero T
	h.items[last] = zero
	h.items = h.items[:last]
	i := 0
	for {
		down := 2*i + 1
		if down >= last {
			return v
		}
		if other := down + 1; other < last && h.less(h.items[other], h.items[down]) {
			down = other
		}
		if !h.less(h.items[down], h.items[i]) {
			return v
		}
		h.items[i], h.items[down] = h.items[down], h.items[i]
		i = down
	}
}
