package model

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"haul/session"
)

// parseMirrors reads the mirrors of a spec.
func parseMirrors(list []string) ([]*url.URL, error) {
	var all []*url.URL
	for _, s := range list {
		u, err := ParseURL(s)
		if err != nil {
			return nil, fmt.Errorf("mirror: %w", err)
		}
		all = append(all, u)
	}
	return all, nil
}

// checkMirrors refuses mirrors that are none.
func (s *Spec) checkMirrors() error {
	if len(s.Mirrors) > 0 && s.Upload != "" {
		return errors.New("an upload has no mirrors")
	}
	_, err := parseMirrors(s.Mirrors)
	return err
}

// journalMirrors is how the journal keeps mirrors: without user information,
// separated by spaces, which no URL has.
func journalMirrors(list []string) string {
	var all []string
	for _, s := range list {
		if u, err := ParseURL(s); err == nil {
			all = append(all, withoutUser(u))
		}
	}
	return strings.Join(all, " ")
}

// mirrorsEnded tells which mirrors of a task that has ended were dropped.
func (m *Model) mirrorsEnded(r *row, task session.Task) {
	d, ok := task.(*session.DownloadTask)
	if !ok {
		return
	}
	var dropped []string
	for _, mirror := range d.Mirrors() {
		if mirror.Dropped != "" {
			m.act(r, "MirrorDropped", mirror.URL+": "+mirror.Dropped)
			dropped = append(dropped, mirror.Host+" ("+mirror.Dropped+")")
		}
	}
	if len(dropped) > 0 {
		r.ran.dropped = "dropped " + strings.Join(dropped, ", ")
	}
}
