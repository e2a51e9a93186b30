//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// job is what one run of a peer has to fetch.
type job struct {
	url   string // of one file
	urls  string // a file with all URLs, one a line
	curl  string // the same in curl's own form
	dir   string // where to
	out   string // the path of one file
	ca    string // a file with the certificate to trust
	again bool   // a run was killed: go on
}

// peer is a program, with the flags that fit each job.
type peer struct {
	name    string // as the tables show it
	program string // what is run; "" for this program itself
	// one and many return the arguments, nil if the program has no way.
	one, many func(job) []string
	// continues: it can go on with what a killed run left.
	continues bool
	plain     bool // HTTP only
}

// peers are those that there are, haul at haul.
func peers(haul string) []peer {
	return []peer{
		{
			name: "curl", program: "curl", continues: true,
			one: func(j job) []string {
				return given(j.again, []string{"-C", "-"}, "-sS", "--cacert", j.ca, "-o", j.out, j.url)
			},
			many: func(j job) []string {
				return []string{"-sS", "--cacert", j.ca, "-Z", "--parallel-max", "16", "-K", j.curl}
			},
		},
		{
			name: "wget", program: "wget", continues: true,
			one: func(j job) []string {
				return given(j.again, []string{"-c"}, "-q", "--ca-certificate="+j.ca, "-O", j.out, j.url)
			},
			many: func(j job) []string {
				return []string{"-q", "--ca-certificate=" + j.ca, "-P", j.dir, "-i", j.urls}
			},
		},
		{
			name: "wget2", program: "wget2", continues: true,
			one: func(j job) []string {
				return given(j.again, []string{"-c"}, "-q", "--no-config", "--ca-certificate="+j.ca, "-O", j.out, j.url)
			},
			many: func(j job) []string {
				return []string{"-q", "--no-config", "--ca-certificate=" + j.ca, "--max-threads=16", "-P", j.dir, "-i", j.urls}
			},
		},
		{
			name: "aria2c", program: "aria2c", continues: true,
			one: func(j job) []string {
				return append(aria(j), "-x1", "-s1", "-o", filepath.Base(j.out), j.url)
			},
			many: func(j job) []string { return append(aria(j), "-j16", "-i", j.urls) },
		},
		{
			name: "aria2c -x16 -s16", program: "aria2c", continues: true,
			one: func(j job) []string {
				return append(aria(j), "-x16", "-s16", "-k1M", "-o", filepath.Base(j.out), j.url)
			},
		},
		{
			name: "axel -n 16", program: "axel", continues: true,
			one: func(j job) []string { return []string{"-q", "-k", "-n", "16", "-o", j.out, j.url} },
		},
		{
			name: "lftp", program: "lftp", continues: true,
			one: func(j job) []string {
				get := "get "
				if j.again {
					get = "get -c "
				}
				return []string{"-c", "set ssl:ca-file " + j.ca + "; " + get + j.url + " -o " + j.out}
			},
		},
		{
			name: "io.Copy over net/http",
			one:  func(j job) []string { return []string{"copy", j.ca, j.out, j.url} },
			many: func(j job) []string { return []string{"many", j.ca, j.dir, j.urls} },
		},
		{
			name: "splice loop", plain: true,
			one: func(j job) []string { return []string{"splice", j.ca, j.out, j.url} },
		},
		{
			name: "haul", program: haul, continues: true,
			one:  func(j job) []string { return []string{"--plain", "--cacert", j.ca, "-o", j.out, j.url} },
			many: func(j job) []string { return []string{"--plain", "--cacert", j.ca, "-d", j.dir, "-i", j.urls} },
		},
	}
}

// aria are the flags of aria2c for every job. Its default allocation writes
// every file twice on file systems without fallocate.
func aria(j job) []string {
	return []string{"-q", "--no-conf", "--file-allocation=none", "--allow-overwrite=true", "--ca-certificate=" + j.ca, "-d", j.dir}
}

// given returns the arguments, with more before them if a condition holds.
func given(holds bool, more []string, args ...string) []string {
	if holds {
		return append(more, args...)
	}
	return args
}

// arguments are those of a peer for a workload, nil if it has no part in it.
func (p peer) arguments(w workload, j job) []string {
	switch {
	case p.plain && w.tls, w.interrupted && !p.continues:
		return nil
	case w.files > 1 && p.many == nil, w.files == 1 && p.one == nil:
		return nil
	case w.files > 1:
		return p.many(j)
	}
	return p.one(j)
}

// command is the peer's process for a job. Its state is below home.
func (p peer) command(args []string) (*exec.Cmd, error) {
	if p.program != "" {
		return exec.Command(p.program, args...), nil
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, args[1:]...)
	cmd.Env = []string{actVariable + "=" + args[0]}
	return cmd, nil
}

// installed sorts the peers that can run from the names of those that are
// missing.
func installed(all []peer, wanted []string) (here []peer, missing []string) {
	for _, p := range all {
		short, _, _ := strings.Cut(p.name, " ")
		if !slices.Contains(wanted, "all") && !slices.Contains(wanted, short) && !slices.Contains(wanted, p.name) {
			continue
		}
		if p.program != "" {
			if _, err := exec.LookPath(p.program); err != nil {
				if !slices.Contains(missing, p.program) {
					missing = append(missing, p.program)
				}
				continue
			}
		}
		here = append(here, p)
	}
	return here, missing
}

// version is what a peer calls itself, for the head of the tables.
func (p peer) version() string {
	flag := "--version"
	if strings.HasSuffix(p.program, "haul") {
		flag = "version"
	}
	out, err := exec.Command(p.program, flag).Output()
	if err != nil {
		return fmt.Sprintf("%s (%v)", p.name, err)
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if len(line) > 48 {
		line = line[:48]
	}
	return strings.TrimSpace(line)
}
