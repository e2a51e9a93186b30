package metalink

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"haul/transfer/partial"
)

const sum256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func document(inner string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><metalink xmlns="urn:ietf:params:xml:ns:metalink">` + inner + `</metalink>`
}

func file(inner string) string {
	return document(`<file name="a.iso">` + inner + `<url>http://a.example/a.iso</url></file>`)
}

func TestParse(t *testing.T) {
	files, err := Parse(strings.NewReader(document(`
 <published>2026-01-01T00:00:00Z</published>
 <file name="dir/../a.iso">
  <size>700</size>
  <hash type="md5">d41d8cd98f00b204e9800998ecf8427e</hash>
  <hash type="sha-256">` + sum256 + `</hash>
  <hash type="gost">whatever</hash>
  <pieces length="500" type="sha-256"><hash>` + sum256 + `</hash><hash> ` + strings.ToUpper(sum256) + `
</hash></pieces>
  <url>http://late.example/a.iso</url>
  <url location="de" priority="2">https://second.example/a.iso</url>
  <url priority="1">http://first.example/a.iso</url>
  <url>ftp://other.example/a.iso</url>
  <url>http://user:secret@other.example/a.iso</url>
  <url>file:///etc/passwd</url>
  <metaurl mediatype="torrent">http://x.example/a.torrent</metaurl>
  <x:url xmlns:x="urn:stranger">http://stranger.example/</x:url>
 </file>
 <file name="b"><url>http://b.example/</url></file>`)))
	if err != nil || len(files) != 2 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	a := files[0]
	want := []URL{
		{"http://first.example/a.iso", 1, ""}, {"https://second.example/a.iso", 2, "de"}, {"http://late.example/a.iso", lowest, ""},
	}
	if a.Name != "a.iso" || a.Size != 700 || !slices.Equal(a.URLs, want) || a.Checksum != "sha256:"+sum256 {
		t.Errorf("%+v", a)
	}
	if len(a.Pieces) != 2 || a.PieceSize != 500 || fmt.Sprintf("%x", a.Hash().Sum(nil)) != sum256 || fmt.Sprintf("%x", a.Pieces[1]) != sum256 {
		t.Errorf("pieces %x of %d", a.Pieces, a.PieceSize)
	}
	if b := files[1]; b.Name != "b" || b.Size != 0 || b.Checksum != "" || b.Pieces != nil {
		t.Errorf("%+v", b)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":               "",
		"no XML":                "hello",
		"an open element":       `<metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="a">`,
		"version 3":             `<metalink version="3.0" xmlns="http://www.metalinker.org/"><files/></metalink>`,
		"no file":               document(""),
		"no name":               document(`<file><url>http://a.example/</url></file>`),
		"no place":              document(`<file name="a"><url>ftp://a.example/</url></file>`),
		"a document type":       `<!DOCTYPE metalink [<!ENTITY a "aaaa">]>` + file(""),
		"an entity":             file("<size>&a;</size>"),
		"a negative size":       file("<size>-1</size>"),
		"a short hash":          file(`<hash type="sha-256">ab</hash>`),
		"pieces without length": file(`<pieces type="sha-256"></pieces>`),
		"a piece that is none":  file(`<pieces type="sha-256" length="1"><hash>zz</hash></pieces>`),
		"too few pieces":        file(`<size>10</size><pieces type="sha-256" length="1"><hash>` + sum256 + `</hash></pieces>`),
		"priority 0":            document(`<file name="a"><url priority="0">http://a.example/</url></file>`),
		"too deep":              file(strings.Repeat("<x>", 20) + strings.Repeat("</x>", 20)),
		"too many elements":     file(strings.Repeat("<x/>", maxElements)),
		"too much text":         file("<size>" + strings.Repeat("1", maxText+1) + "</size>"),
		"too many files":        document(strings.Repeat(`<file name="a"><url>http://a.example/</url></file>`, maxFiles+1)),
		"too large":             file("<!--" + strings.Repeat("x", MaxSize) + "-->"),
	} {
		t.Run(name, func(t *testing.T) {
			if files, err := Parse(strings.NewReader(text)); !errors.Is(err, ErrFormat) {
				t.Errorf("%d files, %v", len(files), err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(file(`<size>700</size><pieces length="700" type="sha-256"><hash>` + sum256 + `</hash></pieces>`))
	f.Add(document(`<file name="../../.ssh/id"><url priority="3">https://a.example/%2e%2e</url></file>`))
	f.Fuzz(func(t *testing.T, text string) {
		files, err := Parse(strings.NewReader(text))
		if (err == nil) != (len(files) > 0) {
			t.Fatalf("%d files, %v", len(files), err)
		}
		for _, file := range files {
			if file.Name != partial.SafeName(file.Name) || file.Size < 0 || len(file.URLs) == 0 || len(file.URLs) > maxURLs {
				t.Fatalf("%+v", file)
			}
			for _, at := range file.URLs {
				u, err := url.Parse(at.URL)
				if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
					t.Fatalf("URL %q", at.URL)
				}
			}
			if n := int64(len(file.Pieces)); n > 0 && (file.PieceSize < 1 || (file.Size-1)/file.PieceSize+1 != n || file.Hash == nil) {
				t.Fatalf("%d pieces of %d for %d bytes", n, file.PieceSize, file.Size)
			}
		}
	})
}
