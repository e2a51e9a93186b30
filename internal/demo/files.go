package demo

// File is one row of the demo.
type File struct {
	Path   string // with the query, see the package comment
	Secure bool   // at the https origin
	Shared bool   // over as many connections as pay; the others have one
	Shows  string // what there is to see, in a few words
	Words  string // what to try, a sentence for a newcomer; a key is written as its action: {pause}
}

// URL returns where f is on a server with addresses a.
func (a Addresses) URL(f File) string {
	if f.Secure {
		return a.FilesTLS + f.Path
	}
	return a.Files + f.Path
}

// Files returns the tour of the demo, in a good order for a newcomer: first
// what moves, then what asks, then what goes wrong. At four transfers at a time
// it takes about a minute, if the questions are answered as they come.
func (s *Server) Files() []File {
	return []File{
		{Path: "/slow/holiday-film.mp4?size=9MB&rate=400kB", Shows: "slow",
			Words: "Press {pause} to pause it and {pause} again to go on: not a byte is fetched twice."},
		{Path: "/large/linux-image.iso?size=120MB&rate=8MB", Shows: "large",
			Words: "Press {open} to see its details while it runs, {back} to come back."},
		{Path: "/slow/many-parts.tar?size=60MB&rate=1MB", Shared: true, Shows: "several connections",
			Words: "Each connection is slow, so haul makes more: press {open} and {section-2} to see which fetches what."},
		{Path: "/file/read-me-first.txt?size=24kB", Shows: "small",
			Words: "Done before you look."},
		{Path: "/basic/letters.zip?size=3MB&rate=1MB", Shows: "Basic password",
			Words: "The server asks for a password: press {answer} and answer alice, wonderland."},
		{Path: "/digest/diary.zip?size=3MB&rate=1MB", Shows: "Digest password",
			Words: "The same account, but the password itself is never sent."},
		{Path: "/redirect/same/file/moved-photo.raw?size=4MB&rate=1MB", Shows: "redirect, same host",
			Words: "The file has moved on its own host: nothing to decide."},
		{Path: "/redirect/host/file/mirrored.tar.gz?size=4MB&rate=1MB", Shows: "redirect, other host",
			Words: "The server sends you to another host: press {answer} to see which, and decide."},
		{Path: "/file/vault.tar?size=3MB&rate=1MB", Secure: true, Shows: "self-signed https",
			Words: "Nobody vouches for this certificate: look at it before you trust it."},
		{Path: "/redirect/http/file/downgraded.pdf?size=2MB&rate=1MB", Secure: true, Shows: "https to http",
			Words: "A redirect that takes the encryption away: a question worth a second look."},
		{Path: "/whole/no-ranges.bin?size=5MB&rate=500kB", Shows: "without ranges",
			Words: "This server cannot continue a file: pausing holds the connection, and says so."},
		{Path: "/chunked/unknown-length.log?size=5MB&rate=500kB", Shows: "without length",
			Words: "No length, so no percentage: only what has come."},
		{Path: "/flaky/unsteady.bin?size=3MB&rate=1MB&cut=1MB&times=2", Shows: "failing now and then",
			Words: "The connection is cut twice; each retry goes on where it stopped."},
		{Path: "/busy/come-back-later.bin?size=1MB&retry=2&times=1", Shows: "503, try later",
			Words: "The server is busy and says when to come back."},
		{Path: "/expire/monday/expiring-link.bin?size=6MB&rate=300kB", Shows: "link that expires",
			Words: "Pause it: the link is then used up. Press {edit-url} and give it /expire/tuesday/ in place of /expire/monday/."},
		{Path: "/hostile/nice-name.txt?size=40kB", Shows: "hostile file name",
			Words: "The server wants to write outside your folder, and fails."},
		{Path: "/missing/not-here.html", Shows: "404",
			Words: "There is no such file, and no error page is saved in its place."},
	}
}
