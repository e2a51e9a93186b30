package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// Upload is the answer to an upload, as JSON: what has arrived.
type Upload struct {
	Name   string `json:"name"`
	Method string `json:"method"`
	Length int64  `json:"length"` // bytes
	SHA256 string `json:"sha256"` // in hexadecimal
}

var errTooMuch = errors.New("more than the limit")

// upload answers PUT and POST.
func (s *Server) upload(w http.ResponseWriter, r *http.Request, p plan) {
	if r.Method != http.MethodPut && r.Method != http.MethodPost {
		w.Header().Set("Allow", "PUT, POST")
		page(w, http.StatusMethodNotAllowed, "Send a file with PUT or POST.")
		return
	}
	answer, err := s.receive(r, p)
	switch {
	case errors.Is(err, errTooMuch):
		w.Header().Set("Connection", "close")
		page(w, http.StatusRequestEntityTooLarge, "This is more than the server takes.")
		return
	case err != nil:
		return // the client has gone, or what it sent has no end
	}
	body, err := json.Marshal(answer)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	if _, err := w.Write(append(body, '\n')); err != nil {
		return // the client has gone
	}
}

// receive reads the body at the rate of the plan and forgets it.
func (s *Server) receive(r *http.Request, p plan) (Upload, error) {
	answer := Upload{Name: p.name, Method: r.Method}
	if p.limit >= 0 && r.ContentLength > p.limit {
		return answer, errTooMuch
	}
	h := sha256.New()
	tempo := pace{rate: p.rate * s.speed}
	buf := make([]byte, 32<<10)
	for {
		if err := tempo.wait(r.Context()); err != nil {
			return answer, err
		}
		n, err := r.Body.Read(buf[:tempo.atOnce(len(buf))])
		h.Write(buf[:n]) // a hash never fails
		answer.Length += int64(n)
		tempo.moved += int64(n)
		if p.limit >= 0 && answer.Length > p.limit {
			return answer, errTooMuch
		}
		if err == io.EOF {
			answer.SHA256 = hex.EncodeToString(h.Sum(nil))
			return answer, nil
		}
		if err != nil {
			return answer, err
		}
	}
}
