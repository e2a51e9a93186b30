package session_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"haul/internal/trace"
	"haul/session"
	"haul/transfer/partial"
)

// withGaps makes the partial file of a download of content of which the given
// ranges are at hand, and its resume data.
func withGaps(t *testing.T, content []byte, rule partial.Rule, have ...partial.Range) session.ResumeData {
	t.Helper()
	return partialFile(t, content, partial.State{ETag: `"one"`, Rule: rule}, have...)
}

// partialFile is withGaps, with a state that says who vouches for the bytes.
func partialFile(t *testing.T, content []byte, st partial.State, have ...partial.Range) session.ResumeData {
	t.Helper()
	path := partial.PathFor(t.TempDir(), "f")
	st.OriginalURL, st.URL, st.Length = "http://"+hostA+"/f", "http://"+hostA+"/f", int64(len(content))
	f, err := partial.Create(partial.OS{}, path, st)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range have {
		if _, err := f.WriteAt(content[r.Start:r.End], r.Start); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := session.ReadResumeData(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// gaps are ranges at hand of a file of shareSize, 3 MiB in all.
var gaps = []partial.Range{{Start: 1 << 20, End: 2 << 20}, {Start: 3 << 20, End: 4 << 20}, {Start: 7 << 20, End: shareSize - 5}}

func atHand(have []partial.Range) (n int64) {
	for _, r := range have {
		n += r.End - r.Start
	}
	return n
}

func TestSegments_AllGapsOfAPartialFileAreFilled(t *testing.T) {
	for name, connections := range map[string]int{"by one connection": 1, "by as many as pay": session.Auto, "by three": 3} {
		for start, have := range map[string][]partial.Range{
			"from a gap":  gaps,
			"from byte 0": append([]partial.Range{{Start: 0, End: 100}}, gaps...),
			"in one gap":  {{Start: 0, End: 1 << 20}, {Start: 5 << 20, End: shareSize}},
		} {
			t.Run(name+" "+start, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := newShareServer(nil)
					s, rec := shared(t, f.ServeHTTP, func(cfg *session.Configuration) { cfg.Connections = connections })
					task := resumeFrom(t, s, withGaps(t, f.content, partial.RuleValidator, have...))
					var told int64
					rec.On.Resumed = func(_ *session.DownloadTask, offset, _ int64) { told = offset }
					task.Resume()
					rec.Wait(task)
					expectBody(t, rec, task, f.content)
					if told != atHand(have) || task.Continuation().Offset != told {
						t.Errorf("goes on from %d and %+v, with %d at hand", told, task.Continuation(), atHand(have))
					}
					_, most, sent := f.log()
					if f.withoutIfRange != 0 {
						t.Error("a request without If-Range")
					}
					if missing := shareSize - atHand(have); connections == 1 && (sent != missing || most != 1) {
						t.Errorf("%d bytes sent of %d missing, %d at once", sent, missing, most)
					}
					if connections == session.Auto && most < 4 {
						t.Errorf("%d connections at once", most)
					}
				})
			})
		}
	}
}

func TestSegments_PausedAndResumedOrKilledGiveTheSameFile(t *testing.T) {
	for name, stop := range map[string]func(*testing.T, *trace.Recorder, *session.DownloadTask, string) session.ResumeData{
		"paused": func(t *testing.T, rec *trace.Recorder, task *session.DownloadTask, _ string) session.ResumeData {
			data, err := rec.Pause(t.Context(), task)
			if err != nil {
				t.Fatal(err)
			}
			return data
		},
		"killed": func(t *testing.T, rec *trace.Recorder, task *session.DownloadTask, part string) session.ResumeData {
			// What a killed process leaves is what is on the disk now.
			left := partial.PathFor(t.TempDir(), "f")
			copyFile(t, partial.StatePath(part), partial.StatePath(left))
			copyFile(t, part, left)
			data, err := session.ReadResumeData(left)
			if err != nil {
				t.Fatal(err)
			}
			task.Cancel()
			rec.Wait(task)
			return data
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newShareServer(nil)
				s, rec := shared(t, f.ServeHTTP, func(cfg *session.Configuration) {
					cfg.Connections = 3
					cfg.Checkpoint = partial.CheckpointPolicy{Every: 50 * time.Millisecond}
				})
				task := download(t, s, request(t, "GET", "/f"))
				part := partial.PathFor(t.TempDir(), "f")
				if err := task.SetPartialFile(part); err != nil {
					t.Fatal(err)
				}
				task.Resume()
				time.Sleep(800 * time.Millisecond)
				data := stop(t, rec, task, part)
				info, err := data.Describe()
				if err != nil {
					t.Fatal(err)
				}
				_, _, before := f.log()
				// What 3 connections bring in 50 ms may be lost, and what was
				// on its way.
				if lost := before - info.Have; info.Have < shareSize/4 || lost > 3*(5+8)*sharePart {
					t.Errorf("%d bytes at hand of %d sent", info.Have, before)
				}
				again := resumeFrom(t, s, data)
				again.Resume()
				rec.Wait(again)
				expectBody(t, rec, again, f.content)
			})
		})
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Clean(to), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSegments_WithoutAValidatorEachGapIsCompared(t *testing.T) {
	have := append([]partial.Range{{Start: 0, End: 100_000}}, gaps...)
	t.Run("same file", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := newShareServer(func(s *share) { s.etag = "" })
			s, rec := shared(t, f.ServeHTTP, func(cfg *session.Configuration) { cfg.OverlapCheck = true })
			task := resumeFrom(t, s, withGaps(t, f.content, partial.RuleOverlap, have...))
			task.Resume()
			rec.Wait(task)
			expectBody(t, rec, task, f.content)
			requests, most, sent := f.log()
			compared := sent - (shareSize - atHand(have))
			if requests != 4 || most != 1 || compared != 4*(64<<10) {
				t.Errorf("%d requests, %d at once, %d bytes compared", requests, most, compared)
			}
		})
	})
	t.Run("changed before the second gap", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := newShareServer(func(s *share) { s.etag = "" })
			data := withGaps(t, f.content, partial.RuleOverlap, have...)
			f.content[2<<20-1]++
			s, rec := shared(t, f.ServeHTTP, func(cfg *session.Configuration) { cfg.OverlapCheck = true })
			task := resumeFrom(t, s, data)
			task.Resume()
			rec.Wait(task)
			data, ok := session.ResumeDataFrom(task.Err())
			if !errors.Is(task.Err(), session.NetworkConnectionLost) || !ok {
				t.Fatalf("ended with %v", task.Err())
			}
			again := resumeFrom(t, s, data)
			again.Resume()
			rec.Wait(again)
			expectBody(t, rec, again, f.content)
			if c := again.Continuation(); c.Offset != 0 || c.Reason == "" {
				t.Errorf("went on: %+v", c)
			}
		})
	})
}

func TestSegments_AFreshLinkWithoutRangesCannotFillGaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newShareServer(func(s *share) { s.ranged = false })
		s, rec := shared(t, f.ServeHTTP, nil)
		data, err := withGaps(t, f.content, partial.RuleValidator, gaps...).WithURL(request(t, "GET", "/other").URL)
		if err != nil {
			t.Fatal(err)
		}
		task := resumeFrom(t, s, data)
		task.Resume()
		rec.Wait(task)
		if !errors.Is(task.Err(), session.ErrOtherFile) {
			t.Errorf("ended with %v", task.Err())
		}
	})
}

func TestSegments_AFileThatChangedIsFetchedAnewWhateverGapsItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newShareServer(func(s *share) { s.etag = `"two"` })
		data := withGaps(t, f.content, partial.RuleValidator, gaps...)
		f.content = bytesOf(78, shareSize)
		s, rec := shared(t, f.ServeHTTP, nil)
		task := resumeFrom(t, s, data)
		task.Resume()
		rec.Wait(task)
		expectBody(t, rec, task, f.content)
	})
}

// promised adds a digest of the whole file to what f answers.
func promised(f *shareServer, digest string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Digest", digest)
		f.ServeHTTP(w, r)
	}
}

func TestSegments_TheWholeIsHeldAgainstThePromiseOfTheFirstResponse(t *testing.T) {
	const wrong = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:" // of nothing
	synctest.Test(t, func(t *testing.T) {
		f := newShareServer(nil)
		s, rec := shared(t, promised(f, wrong), nil)
		task := download(t, s, request(t, "GET", "/f"))
		task.Resume()
		rec.Wait(task)
		if !errors.Is(task.Err(), session.ErrDigest) {
			t.Errorf("ended with %v", task.Err())
		}
	})
}
