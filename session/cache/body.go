package cache

import (
	"bytes"
	"io"
	"os"
	"time"
)

// content is a stored body, open.
type content struct {
	io.ReaderAt
	close func() error
}

// open opens the body of a stored response and notes the use. A small one is
// read into memory. A body that is not as its head says is removed, and an
// error.
func (c *Cache) open(name string, h *head) (content, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	onDisk := c.disk.items[name]
	if onDisk != nil {
		c.disk.markUsed(onDisk, time.Now())
	}
	if it := c.memory.items[name]; it != nil {
		c.memory.touch(it)
		return inMemory(it.value.body), nil
	}
	if onDisk == nil {
		return content{}, errGone
	}
	f, err := c.disk.openBody(name, h.length)
	if err != nil {
		c.disk.drop(onDisk)
		return content{}, err
	}
	if memorySize(h) > c.memory.largest() {
		return content{f, f.Close}, nil
	}
	body, err := readAll(f, h.length)
	if err != nil {
		c.disk.drop(onDisk)
		return content{}, err
	}
	c.keepInMemory(name, h, body)
	return inMemory(body), nil
}

func inMemory(body []byte) content {
	return content{bytes.NewReader(body), func() error { return nil }}
}

// readAll reads a body of that length and closes it.
func readAll(f *os.File, length int64) ([]byte, error) {
	body := make([]byte, length)
	_, err := io.ReadFull(f, body)
	// Nothing was written, so closing has nothing to tell.
	_ = f.Close()
	return body, err
}

// reader reads a section of a body. A body that turns out shorter, because
// somebody cut the file, fails: it does not just end.
type reader struct {
	src   *io.SectionReader
	left  int64
	close func() error
}

func (c content) section(s section) io.ReadCloser {
	return &reader{src: io.NewSectionReader(c.ReaderAt, s.first, s.length), left: s.length, close: c.close}
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	r.left -= int64(n)
	if err == io.EOF && r.left > 0 { //nolint:errorlint // io.Reader returns the bare io.EOF
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (r *reader) Close() error { return r.close() }
