package com.acme.web;

import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import javax.management.JMException;

/** What the application answers. */
@Path("/")
@RequestScoped
public class Resource {
    @Inject
    Reports reports;

    @Inject
    Statistics statistics;

    /** A report as JSON. */
    @GET
    @Path("reports/{product}")
    @Produces(MediaType.APPLICATION_JSON)
    public Report report(@PathParam("product") int product) {
        return reports.of(product);
    }

    /** Forgets it. */
    @DELETE
    @Path("reports/{product}")
    public void sold(@PathParam("product") int product) {
        reports.sold(product);
    }

    /** How often one was made. */
    @GET
    @Path("calls")
    @Produces(MediaType.TEXT_PLAIN)
    public String calls() {
        return "calls=" + reports.calls();
    }

    /** How often one was found in the cache, since this was asked first. */
    @GET
    @Path("hits")
    @Produces(MediaType.TEXT_PLAIN)
    public String hits() throws JMException {
        return "hits=" + statistics.hits();
    }
}
