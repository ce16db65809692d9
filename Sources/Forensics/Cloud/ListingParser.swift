#if Cloud
    import Foundation
    #if canImport(FoundationXML)
        import FoundationXML
    #endif

    /// Reads a ListObjectsV2 answer. Malformed XML, which S3 may send with status 200, is told from an empty page.
    final class ListingParser: NSObject, XMLParserDelegate {
        private var page = S3Client.Page()
        private var isListing = false
        private var isFolder = false
        private var isTruncated = false
        private var text = ""
        private var object = S3Client.Object(key: "", size: 0, tag: "")

        static func parse(_ bytes: [UInt8]) -> S3Client.Page? {
            let parser = XMLParser(data: Data(bytes))
            let reader = ListingParser()
            parser.delegate = reader
            guard parser.parse(), reader.isListing, !reader.isTruncated || reader.page.nextToken != nil else {
                return nil
            }
            if !reader.isTruncated { reader.page.nextToken = nil }
            return reader.page
        }

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            text = ""
            switch name {
            case "ListBucketResult": isListing = true
            case "CommonPrefixes": isFolder = true
            case "Contents": object = S3Client.Object(key: "", size: 0, tag: "")
            default: break
            }
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

        func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
            switch name {
            case "Key": object.key = Self.decoded(text)
            case "Size": object.size = Int64(text) ?? 0
            case "ETag": object.tag = text
            case "Contents": page.objects.append(object)
            case "Prefix": if isFolder { page.folders.append(Self.decoded(text)) }
            case "CommonPrefixes": isFolder = false
            case "IsTruncated": isTruncated = text == "true"
            case "NextContinuationToken": page.nextToken = text
            default: break
            }
            text = ""
        }

        /// Keys are encoded as forms are, with a plus sign for a space.
        static func decoded(_ text: String) -> String {
            let spaced = text.replacing("+", with: " ")
            return spaced.removingPercentEncoding ?? spaced
        }
    }
#endif
